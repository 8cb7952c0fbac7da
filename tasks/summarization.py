"""Summarization: say what a text is about, in a word or in a sentence."""
from flan_jax.data import Dataset, Template, Tfds, accuracy, choose, rouge

_TOPICS = ('World', 'Sports', 'Business', 'Science/Tech')

AG_NEWS_SUBSET = Dataset(
    name='ag_news_subset',
    cluster='summarization',
    source=Tfds('ag_news_subset:1.0.0', 'train[:30000]', 'train[-200:]', 'test'),
    fields=lambda row: {
        'title': row['title'],
        'text': row['description'],
        'answer': choose(row['label'], _TOPICS),
    },
    options=_TOPICS,
    templates=(
        Template(
            '{title}\n\n{text}\n\nIn which section of the newspaper will this be found?\n\n'
            '{options_}', '{answer}'),
        Template(
            'Assign the article to a topic: "World" for politics and events in the world, '
            '"Sports" for matches and athletes, "Business" for companies and markets, '
            '"Science/Tech" for research and technology.\n\nArticle: {title}\n\n{text}\n\n'
            '{options_}', '{answer}'),
        Template(
            'An agency sends out a report headed "{title}". It reads:\n\n{text}\n\n'
            'Which of the desks should deal with it?\n\n{options_}', '{answer}'),
        Template(
            '{options_}\n\nOne of these subjects covers the news item below. Name it.\n\n'
            '{title}\n{text}', '{answer}'),
        Template('Headline: {title}\nStory: {text}\nTopic?\n{options_}', '{answer}'),
        Template(
            'What kind of news is this?\n\n{text}\n\nThe headline above it was: {title}\n\n'
            '{options_}', '{answer}'),
        Template(
            'Readers can subscribe to single topics. Subscribers to which of them should be sent '
            'the following piece?\n\n{title}\n\n{text}\n\n{options_}', '{answer}'),
        Template(
            'A website files its articles under four tabs. One article has the title "{title}" '
            'and goes on like this:\n\n{text}\n\nUnder which tab will readers look for it?\n\n'
            '{options_}', '{answer}'),
        Template(
            'Write a headline and the first lines of the report for this section of a newspaper: '
            '{answer}', '{title}\n\n{text}', turned_around=True),
        Template(
            'Invent a headline for the report, and give the topic that it falls under.\n\n'
            'Report: {text}', 'Headline: {title}\n\nTopic: {answer}', turned_around=True),
    ),
    metrics=(accuracy,),
)

XSUM = Dataset(
    name='xsum',
    cluster='summarization',
    source=Tfds('gem/xsum:1.1.0', 'train[:30000]', 'validation[:200]', 'test'),
    fields=lambda row: {'text': row['document'], 'summary': row['target']},
    templates=(
        Template('{text}\n\nSay in one sentence what this is about.', '{summary}'),
        Template(
            'Sum up a news article in a single sentence that a reader in a hurry can rely on.\n\n'
            'Article: {text}', '{summary}'),
        Template('What is the gist of the news below?\n\n{text}', '{summary}'),
        Template(
            'News stories often open with a line that tells what has happened. From the story '
            'below this line is missing. Supply it.\n\n{text}', '{summary}'),
        Template('Full text: {text}\n\nAbstract of one sentence:', '{summary}'),
        Template(
            'You read the news on the radio and have only a moment left, just when this comes '
            'in:\n\n{text}\n\nWhat do you read out?', '{summary}'),
        Template(
            'Condense the report to its most important point.\n\nReport: {text}', '{summary}'),
        Template(
            '{text}\n\nThe report above is to be announced on the front page, in a sentence of '
            'your own. What does the announcement say?', '{summary}'),
        Template(
            'Write the news article that has been summed up like this: {summary}',
            '{text}', turned_around=True),
        Template(
            'State some piece of news in one sentence, then report on it in detail.',
            '{summary}\n\n{text}', turned_around=True),
    ),
    metrics=(rouge,),
    answer='summary',
)

DATASETS = (AG_NEWS_SUBSET, XSUM)
