"""Summarization: say what a text is about, in a word, a sentence or a few."""
from flan_jax.data import (
    About, Dataset, Template, Tfds, accuracy, choose, first, numbered, replace, rouge, unescaped)

_LINE_BREAK_TO_BLANK = (r'\s*\n\s*', ' ')
_BLANKS = (r'\s+', '')

AESLC = Dataset(
    name='aeslc',
    cluster='summarization',
    group='summarization',
    about=About('Zhang and Tetreault 2019, arXiv:1906.03497', 'unknown', 14_430),
    source=Tfds('aeslc:1.0.0', 'train', 'validation[-200:]', 'test'),
    fields=lambda row: {
        'body': row['email_body'],
        'subject': replace(row['subject_line'], _LINE_BREAK_TO_BLANK),
    },
    templates=(
        Template('{body}\n\nFind a subject line for this email.', '{subject}'),
        Template('What should the subject of the message below be?\n\n{body}', '{subject}'),
        Template('Email: {body}\nSubject:', '{subject}'),
        Template(
            'A colleague has written an email and left its subject empty. Fill it in, so that '
            'whoever receives the email knows what it is about.\n\n{body}', '{subject}'),
        Template('Boil the email down to a heading of a few words.\n\n{body}', '{subject}'),
        Template(
            'In a crowded inbox only the subjects can be seen. By which subject would the '
            'recipient recognise this?\n\n{body}', '{subject}'),
        Template(
            'You keep an archive of letters and emails, each under a short title. Give this one '
            'its title.\n\n{body}', '{subject}'),
        Template(
            '{body}\n\nIn the fewest words that will do, what does the sender write about?',
            '{subject}'),
        Template(
            'Write the email that goes with this subject line: {subject}',
            '{body}', turned_around=True),
        Template(
            'Draft an email from one member of a company to another, with its subject.',
            'Subject: {subject}\n\n{body}', turned_around=True),
    ),
    metrics=(rouge,),
    answer='subject',
    keep=lambda row: (
        (replace(row['email_body'], _BLANKS) != '')
        & (replace(row['subject_line'], _BLANKS) != '')),
)

_ESCAPED_SIGN = (r'\\([$"\'])', r'\1')
_LINE_END = (r'\s*\\+\s*', ' ')  # a backslash stands where a line ended
# Many entities have lost their "&" and have a blank in front.
_ENDINGS = (r" ?&?#39;(s|t|re|ve|ll|d|m)\b", r"'\1")
_INNER_AND = (r' &?amp;(\w)', r'&\1')
_QUOTED = (r'&?\bquot;([^;]*?) ?&?\bquot;', r'"\1"')
_BARE_ENTITY = (r'(^|[^&\w])(#3[469]|quot|lt|gt|amp);', r'\1&\2;')


def _news_text(text):
  """The text of an article without what its way through HTML and CSV has left in it."""
  return unescaped(replace(
      text, _ESCAPED_SIGN, _LINE_END, _ENDINGS, _INNER_AND, _QUOTED, _BARE_ENTITY))


_TOPICS = ('World', 'Sports', 'Business', 'Science/Tech')

AG_NEWS_SUBSET = Dataset(
    name='ag_news_subset',
    cluster='summarization',
    group='summarization',
    about=About(
        'Zhang et al. 2015, arXiv:1509.01626', 'non-commercial use', 119_800,
        mirror='fancyzhx/ag_news'),
    source=Tfds('ag_news_subset:1.0.0', 'train[:30000]', 'train[-200:]', 'test'),
    fields=lambda row: {
        'title': _news_text(row['title']),
        'text': _news_text(row['description']),
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
            'An agency sends out a report headed "{title}". It reads:\n\n{text}\n\nWhich desk '
            'should deal with it?\n\n{options_}', '{answer}'),
        Template(
            '{options_}\n\nName the subject that covers the news item below.\n\n{title}\n{text}',
            '{answer}'),
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

# "LONDON, England (Reuters) -- "; "By. A Name. PUBLISHED:. 08:21 EST, 6 December 2012. |. UPDATED:.
# 16:19 EST, 6 December 2012. ". TFDS used to put a blank before each of these full stops.
_CNN_DATELINE = (r'^.{0,120}?\) +-- +', '')
_DAILYMAIL_DATELINE = (
    r'^.{0,250}?(PUBLISHED|UPDATED|Last updated).{0,120}?\d{4} ?\. '
    r'(\| ?\. UPDATED: ?\. .{0,60}?\d{4} ?\. )?', '')

CNN_DAILYMAIL = Dataset(
    name='cnn_dailymail',
    cluster='summarization',
    group='summarization',
    about=About(
        'Hermann et al. 2015, arXiv:1506.03340', 'Apache-2.0 (scripts)', 287_040,
        mirror='abisee/cnn_dailymail'),
    source=Tfds('cnn_dailymail:3.4.0', 'train[:30000]', 'validation[:200]', 'test'),
    fields=lambda row: {
        'text': replace(row['article'], _CNN_DATELINE, _DAILYMAIL_DATELINE),
        'highlights': row['highlights'],
    },
    templates=(
        Template(
            '{text}\n\nWhich points should a reader remember? Write one a line.', '{highlights}'),
        Template(
            'Summarize the article in a few short sentences.\n\nArticle: {text}', '{highlights}'),
        Template(
            'Above a long story, news sites often put its highlights. Which highlights belong '
            'above this one?\n\n{text}', '{highlights}'),
        Template('Story: {text}\nHighlights:', '{highlights}'),
        Template(
            'Nobody has the time for all of the report below. Pick out what matters.\n\n{text}',
            '{highlights}'),
        Template(
            'What has happened, to whom, and with what result? Answer in brief from this news '
            'report.\n\n{text}', '{highlights}'),
        Template('{text}\n\nCut this down to three or four lines.', '{highlights}'),
        Template(
            'An editor wants bullet points for the piece below, but without the bullets. Supply '
            'them.\n\n{text}', '{highlights}'),
        Template(
            'These are the highlights of a news story:\n\n{highlights}\n\nWrite the story.',
            '{text}', turned_around=True),
        Template(
            'A reporter has only taken some notes so far:\n\n{highlights}\n\n'
            'What will the finished article say?', '{text}', turned_around=True),
    ),
    metrics=(rouge,),
    answer='highlights',
)

_GAP = ('UNK|<unk>|#', '')

GIGAWORD = Dataset(
    name='gigaword',
    cluster='summarization',
    group='summarization',
    about=About('Rush et al. 2015, arXiv:1509.00685', 'LDC', 2_044_370),
    source=Tfds('gigaword:1.2.0', 'train[:30000]', 'validation[:200]', 'test'),
    fields=lambda row: {'text': row['document'], 'summary': row['summary']},
    templates=(
        Template('{text}\n\nWrite the headline for this.', '{summary}'),
        Template(
            'A report from a news agency begins as follows. Shorten its beginning to a headline, '
            'all in lower case.\n\n{text}', '{summary}'),
        Template('Sentence: {text}\nHeadline:', '{summary}'),
        Template(
            'Say the same in as few words as a newspaper would print in large type.\n\n{text}',
            '{summary}'),
        Template('Which title suits an article with this opening line?\n\n{text}', '{summary}'),
        Template(
            'Telegrams are paid for by the word. Put the news below into a cheap one.\n\n{text}',
            '{summary}'),
        Template('Drop the details from this sentence and keep the news.\n\n{text}', '{summary}'),
        Template(
            'The ticker at the foot of the screen has room for fewer than ten words. What should '
            'it show?\n\n{text}', '{summary}'),
        Template(
            'Write the opening sentence of the article under this headline: {summary}',
            '{text}', turned_around=True),
        Template(
            'Invent a headline, and the sentence that its article starts with.',
            'Headline: {summary}\n\nFirst sentence: {text}', turned_around=True),
    ),
    metrics=(rouge,),
    answer='summary',
    keep=lambda row: (
        (replace(row['document'], _GAP) == row['document'])
        & (replace(row['summary'], _GAP) == row['summary'])),
)

_LAST_ARTICLE_END = (r'\s*\|{5}\s*$', '')
_ARTICLE_END_TO_HYPHENS = (r'\s*\|{5}\s*', '\n\n---\n\n')

MULTI_NEWS = Dataset(
    name='multi_news',
    cluster='summarization',
    group='summarization',
    about=About('Fabbri et al. 2019, arXiv:1906.01749', 'non-commercial research', 44_960),
    source=Tfds('multi_news:2.1.0', 'train[:30000]', 'validation[:200]', 'test'),
    fields=lambda row: {
        'text': replace(row['document'], _LAST_ARTICLE_END, _ARTICLE_END_TO_HYPHENS),
        'summary': row['summary'],
    },
    templates=(
        Template('{text}\n\nAll of this is about one story. Sum it up.', '{summary}'),
        Template(
            'Several newspapers have covered an event. Read their articles, which lines of '
            'hyphens separate, and tell the whole story in a few paragraphs at most.\n\n{text}',
            '{summary}'),
        Template('Articles:\n\n{text}\n\nSummary of the articles:', '{summary}'),
        Template(
            'You write a digest of the news every day. Make an entry for it out of these reports.'
            '\n\n{text}', '{summary}'),
        Template('What do the reports below say when taken together?\n\n{text}', '{summary}'),
        Template(
            'Merge the coverage into a single account that is shorter and repeats nothing.\n\n'
            'Coverage: {text}', '{summary}'),
        Template(
            'Someone has missed the news:\n\n{text}\n\nPut them in the picture.', '{summary}'),
        Template(
            'Prepare a briefing for a minister who will not read the sources.\n\n'
            'Sources:\n\n{text}', '{summary}'),
        Template(
            'Here is a summary.\n\n{summary}\n\n'
            'Reconstruct the news reports that it may be based on.',
            '{text}', turned_around=True),
        Template(
            'Report on some event as different newspapers would, then sum up the reports.',
            'Reports:\n\n{text}\n\nSummary: {summary}', turned_around=True),
    ),
    metrics=(rouge,),
    answer='summary',
)

NEWSROOM = Dataset(
    name='newsroom',
    cluster='summarization',
    group='summarization',
    about=About(
        'Grusky et al. 2018, arXiv:1804.11283', 'own terms', 994_560,
        manual='Register at summari.es/download and unpack train.jsonl, dev.jsonl and test.jsonl.'),
    source=Tfds('newsroom:1.0.0', 'train[:30000]', 'validation[:200]', 'test'),
    fields=lambda row: {
        'text': row['text'],
        'title': row['title'],
        'summary': row['summary'],
    },
    templates=(
        Template('{title}\n\n{text}\n\nSum up this article.', '{summary}'),
        Template(
            'Describe the article below in a way that lets people decide if they want to read it.'
            '\n\nTitle: {title}\n\n{text}', '{summary}'),
        Template('Title: {title}\nText: {text}\nSummary:', '{summary}'),
        Template(
            'A search engine shows a line or two under the title of each page. What should it '
            'show under "{title}"?\n\nThe page: {text}', '{summary}'),
        Template('{text}\n\nIn short, what does this say?', '{summary}'),
        Template(
            'Readers who have seen no more than the headline "{title}" ask for a little more. '
            'Give it to them, with the help of the article.\n\n{text}', '{summary}'),
        Template(
            'Condense what a newspaper or a magazine printed.\n\n{text}\n\n'
            'Its title was: {title}', '{summary}'),
        Template(
            'Which sentence or two can stand in for this whole piece?\n\n{title}\n\n{text}',
            '{summary}'),
        Template(
            'What could be the title of an article with this summary?\n\n{summary}',
            '{title}', turned_around=True),
        Template(
            'Write an article to fit a title and a summary.\n\n'
            'Title: {title}\n\nSummary: {summary}', '{text}', turned_around=True),
    ),
    metrics=(rouge,),
    answer='summary',
)

# Enough to show what opinions have in common, and few enough for a prompt to hold them all.
_MOST_OPINIONS = 10

OPINION_ABSTRACTS_IDEBATE = Dataset(
    name='opinion_abstracts_idebate',
    cluster='summarization',
    group='summarization',
    about=About('Wang and Ling 2016, arXiv:1606.02785', 'unknown', 1_650),
    source=Tfds(
        'opinion_abstracts/idebate:1.0.0', 'train[:-600]', 'train[-600:-500]', 'train[-500:]'),
    fields=lambda row: {
        'debate_name': row['_debate_name'],
        'argument_sentences': numbered(row['_argument_sentences']['value'][:_MOST_OPINIONS]),
        'claim': row['_claim'],
    },
    templates=(
        Template(
            'In a debate on "{debate_name}", somebody argues like this:\n\n'
            '{argument_sentences}\n\nWhat are they claiming?', '{claim}'),
        Template(
            '{argument_sentences}\n\nState in one sentence the point that is argued here. The '
            'subject of the debate: {debate_name}', '{claim}'),
        Template('Topic: {debate_name}\nReasons:\n{argument_sentences}\nClaim:', '{claim}'),
        Template(
            'The chair sums up every speech in a line. Write the line for this speech.\n\n'
            'Motion: {debate_name}\n\n{argument_sentences}', '{claim}'),
        Template(
            'To which conclusion do these statements lead?\n\n{argument_sentences}', '{claim}'),
        Template(
            'Everything in the list backs a single assertion on a disputed matter. Make that '
            'assertion.\n\nMatter: {debate_name}\n\nList:\n{argument_sentences}', '{claim}'),
        Template(
            'You take notes while people debate.\n\nDebate: {debate_name}\n\nOne of them says:'
            '\n\n{argument_sentences}\n\nWhat do you note as the main point?', '{claim}'),
        Template(
            'Name the argument that the sentences below, taken together, make for or against the '
            'motion.\n\n{argument_sentences}\n\nThe motion is: {debate_name}', '{claim}'),
        Template(
            'Defend this claim in a numbered list of sentences: {claim}',
            '{argument_sentences}', turned_around=True),
        Template(
            'In which debate might one hear the following?\n\n{claim}',
            '{debate_name}', turned_around=True),
    ),
    metrics=(rouge,),
    answer='claim',
)


def _reviews(row):
  reviews = row['_critics']['value']
  return {
      'movie': replace(row['_movie_name'], ('_', ' ')),
      'first_review': first(reviews),
      'numbered_reviews': numbered(reviews[:_MOST_OPINIONS]),
      'critic_consensus': row['_critic_consensus'],
  }


OPINION_ABSTRACTS_ROTTEN_TOMATOES = Dataset(
    name='opinion_abstracts_rotten_tomatoes',
    cluster='summarization',
    group='summarization',
    about=About('Wang and Ling 2016, arXiv:1606.02785', 'unknown', 3_130),
    source=Tfds(
        'opinion_abstracts/rotten_tomatoes:1.0.0', 'train[:-600]', 'train[-600:-500]',
        'train[-500:]'),
    fields=_reviews,
    templates=(
        Template(
            'Critics wrote this about the film "{movie}":\n\n{numbered_reviews}\n\n'
            'What do most of them agree on? Reply in a sentence.', '{critic_consensus}'),
        Template('Sum up the reviews of "{movie}".\n\n{numbered_reviews}', '{critic_consensus}'),
        Template(
            'Film: {movie}\nReviews:\n{numbered_reviews}\nConsensus:', '{critic_consensus}'),
        Template(
            '{numbered_reviews}\n\nAll of these are opinions on "{movie}". Combine them into one.',
            '{critic_consensus}'),
        Template(
            'Is "{movie}" worth seeing, and why? Let the press decide.\n\n{numbered_reviews}',
            '{critic_consensus}'),
        Template(
            'A website collects reviews and prints a verdict above them. Which verdict fits what '
            'has been written about "{movie}"?\n\n{numbered_reviews}', '{critic_consensus}'),
        Template(
            'Find the common thread in what was said of a film.\n\n{numbered_reviews}\n\n'
            'The film: {movie}', '{critic_consensus}'),
        Template(
            'The audience at your cinema asks how "{movie}" was received. Give them a short '
            'answer that does justice to all of these critics.\n\n{numbered_reviews}',
            '{critic_consensus}'),
        Template(
            'By and large, this is how a film was received: {critic_consensus}\n\n'
            'Make up the reviews, and number them.', '{numbered_reviews}', turned_around=True),
        Template(
            'Critics agree about "{movie}" as follows: {critic_consensus}\n\n'
            'Write what one of them may have said.', '{first_review}', turned_around=True),
    ),
    metrics=(rouge,),
    answer='critic_consensus',
)

_LINE_ENDS = (r'\r\n?', '\n')
_FILE_TAGS = (r' *<(?:file_\w+|file|photo|picture|video|gif|audio|link)>', '')  # not <lol>

SAMSUM = Dataset(
    name='samsum',
    cluster='summarization',
    group='summarization',
    about=About(
        'Gliwa et al. 2019, arXiv:1911.12237', 'CC BY-NC-ND 4.0', 14_730,
        manual="Unpack corpus.7z of the paper's arXiv page: train.json, val.json and test.json.",
        mirror='knkarthick/samsum'),
    source=Tfds('samsum:1.0.0', 'train', 'validation[:200]', 'test'),
    fields=lambda row: {
        'dialogue': replace(row['dialogue'], _LINE_ENDS, _FILE_TAGS),
        'summary': row['summary'],
    },
    templates=(
        Template('{dialogue}\n\nWhat was this chat about?', '{summary}'),
        Template(
            'Relate in the third person what is said in the conversation.\n\n'
            'Conversation:\n{dialogue}', '{summary}'),
        Template('Messages:\n{dialogue}\nSummary:', '{summary}'),
        Template(
            'Someone was away from the phone while the others were writing this:\n\n{dialogue}'
            '\n\nBring them up to date in a sentence or two.', '{summary}'),
        Template('Take brief minutes of the exchange below.\n\n{dialogue}', '{summary}'),
        Template(
            'Who tells whom what? Give only the substance of this chat.\n\n{dialogue}',
            '{summary}'),
        Template(
            'You sat beside one of these people as they typed. Report the outcome to a friend.'
            '\n\n{dialogue}', '{summary}'),
        Template('Reduce the dialogue to what is worth knowing.\n\n{dialogue}', '{summary}'),
        Template('Write the chat that this sums up: {summary}', '{dialogue}', turned_around=True),
        Template(
            'Imagine people who send each other messages. Write what they send, then a summary.',
            '{dialogue}\n\nSummary: {summary}', turned_around=True),
    ),
    metrics=(rouge,),
    answer='summary',
)

WIKI_LINGUA_ENGLISH_EN = Dataset(
    name='wiki_lingua_english_en',
    cluster='summarization',
    group='summarization',
    about=About(
        'Ladhak et al. 2020, arXiv:2010.03093', 'CC BY-NC-SA 3.0', 99_000,
        mirror='GEM/wiki_lingua'),
    source=Tfds(
        'gem/wiki_lingua_english_en:1.1.0', 'train[:30000]', 'validation[:200]', 'test'),
    fields=lambda row: {'source': row['source'], 'target': row['target']},
    templates=(
        Template('{source}\n\nWrite down these steps in short.', '{target}'),
        Template(
            'A guide on the web explains how something is done. Sum up its instructions, with one '
            'short sentence for each step.\n\nGuide: {source}', '{target}'),
        Template('Instructions: {source}\nIn brief:', '{target}'),
        Template('What should be done, according to this advice?\n\n{source}', '{target}'),
        Template(
            'Leave the reasons and the examples aside. What exactly is the reader told to do?'
            '\n\n{source}', '{target}'),
        Template(
            'Every paragraph of a manual was headed by an order, but the headings have been lost. '
            'What were they?\n\n{source}', '{target}'),
        Template(
            'Tell an impatient person how to go about it. The details stand here:\n\n{source}',
            '{target}'),
        Template('{source}\n\nFit the gist of this how-to text on a small card.', '{target}'),
        Template(
            'Explain these instructions at length: {target}', '{source}', turned_around=True),
        Template(
            'Give advice on something that you know well, first in a few words and then in '
            'detail.', 'In a few words: {target}\n\nIn detail: {source}', turned_around=True),
    ),
    metrics=(rouge,),
    answer='target',
)

XSUM = Dataset(
    name='xsum',
    cluster='summarization',
    group='summarization',
    about=About(
        'Narayan et al. 2018, arXiv:1808.08745', 'MIT (code; texts BBC)', 203_560,
        mirror='EdinburghNLP/xsum'),
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

DATASETS = (
    AESLC, AG_NEWS_SUBSET, CNN_DAILYMAIL, GIGAWORD, MULTI_NEWS, NEWSROOM,
    OPINION_ABSTRACTS_IDEBATE, OPINION_ABSTRACTS_ROTTEN_TOMATOES, SAMSUM, WIKI_LINGUA_ENGLISH_EN,
    XSUM)
