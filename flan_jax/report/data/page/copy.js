// Buttons that copy a text.

// `text` is called when the button is pressed. `what` names the text for screen readers.
function copyButton(what, text) {
  const button = make('button', {type: 'button', class: 'copy', 'aria-label': `Copy ${what}`,
    click: async () => {
      const done = await copied(text());
      button.textContent = done ? 'Copied' : 'Not copied';
      byId('said').textContent = `${button.textContent}: ${what}`;
      setTimeout(() => { button.textContent = 'Copy'; }, 1500);
    }}, 'Copy');
  return button;
}

// A page without HTTPS has no `navigator.clipboard`, so it falls back to `execCommand`.
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = make('textarea', {class: 'hidden', 'aria-hidden': 'true'});
    const focused = document.activeElement;
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    focused?.focus({preventScroll: true});
    return done;
  }
}
