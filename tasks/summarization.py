"""Summarization: say what a text is about, in a word, a sentence or a few."""
from flan_jax.data import (
    About, Baseline, Dataset, Mirror, SCRIPT, Template, Tfds, accuracy, choose, first, numbered,
    replace, rouge, unescaped)

_LINE_BREAK_TO_BLANK = (r'\s*\n\s*', ' ')

AESLC = Dataset(
    name='aeslc',
    cluster='summarization',
    about=About('Zhang and Tetreault 2019, arXiv:1906.03497', 'unknown', 14_430),
    source=Tfds('aeslc:1.0.0', 'train', 'validation[-200:]', 'test'),
    fields=lambda row: {
        'body': row['email_body'],
        'subject': replace(row['subject_line'], _LINE_BREAK_TO_BLANK),
    },
    templates=(
        Template('Write a subject line for this email.\n\n{body}', '{subject}'),
        Template('{body}\n\nWhat is a good subject for the message above?', '{subject}'),
        Template('Email: {body}\nSubject:', '{subject}'),
        Template('The following email has no subject. Add one.\n\n{body}', '{subject}'),
        Template('Summarize this email in a few words: {body}', '{subject}'),
        Template('{body}\n\nGive this email a short title.', '{subject}'),
        Template('Generate a subject that says what this message is about.\n\n{body}', '{subject}'),
        Template('{body}\n\nIn a few words, what is this about?', '{subject}'),
        Template('Write an email with this subject line: {subject}', '{body}', turned_around=True),
        Template(
            'Write a work email and its subject.',
            'Subject: {subject}\n\n{body}', turned_around=True),
    ),
    metrics=(rouge,), answer='subject',
    baseline=Baseline('{body}\nThe subject of this email:'),
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
    about=About(
        'Zhang et al. 2015, arXiv:1509.01626', 'non-commercial use', 119_800,
        mirror=Mirror('fancyzhx/ag_news', lacks='titles apart from the texts')),
    source=Tfds('ag_news_subset:1.0.0', 'train[:30000]', 'train[-200:]', 'test'),
    fields=lambda row: {
        'title': _news_text(row['title']),
        'text': _news_text(row['description']),
        'answer': choose(row['label'], _TOPICS),
    },
    options=_TOPICS,
    templates=(
        Template('{title}\n\n{text}\n\nWhat is the topic of this?\n\n{options_}', '{answer}'),
        Template('Classify this news by topic.\n\n{title}\n\n{text}\n\n{options_}', '{answer}'),
        Template(
            'Is this World, Sports, Business or Science/Tech news?\n\n{title}\n{text}\n\n'
            '{options_}', '{answer}'),
        Template(
            '{options_}\n\nWhich category does this story fit?\n\n{title}\n{text}', '{answer}'),
        Template('Headline: {title}\nStory: {text}\n{options_}\nTopic:', '{answer}'),
        Template(
            'What kind of news is this?\n\n{text}\n\nHeadline: {title}\n\n{options_}', '{answer}'),
        Template(
            'Which section of the news does this article belong in?\n\n{title}\n\n{text}\n\n'
            '{options_}', '{answer}'),
        Template('Article: {title}\n{text}\n\nTell me its subject.\n\n{options_}', '{answer}'),
        Template(
            'Write a short news report with a headline. Its topic is: {answer}',
            '{title}\n\n{text}', turned_around=True),
        Template('{text}\n\nWrite a headline for this article.', '{title}', turned_around=True),
    ),
    metrics=(accuracy,),
    baseline=Baseline('{title}\n{text}\nThis story belongs to the section'),
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
    about=About(
        'Hermann et al. 2015, arXiv:1506.03340', 'Apache-2.0 (scripts)', 287_040,
        mirror=Mirror('abisee/cnn_dailymail', '3.0.0')),
    source=Tfds('cnn_dailymail:3.4.0', 'train[:30000]', 'validation[:200]', 'test'),
    fields=lambda row: {
        'text': replace(row['article'], _CNN_DATELINE, _DAILYMAIL_DATELINE),
        'highlights': row['highlights'],
    },
    templates=(
        Template('{text}\n\nSummarize this in a few sentences, one per line.', '{highlights}'),
        Template('Summarize: {text}', '{highlights}'),
        Template('What are the highlights of this story?\n\n{text}', '{highlights}'),
        Template('Story: {text}\nHighlights:', '{highlights}'),
        Template('List the main points of the article below.\n\n{text}', '{highlights}'),
        Template('What is this report about? Answer in a few sentences.\n\n{text}', '{highlights}'),
        Template('{text}\n\nShorten this to a few lines.', '{highlights}'),
        Template('Give me the key facts of this article.\n\nArticle: {text}', '{highlights}'),
        Template(
            'Write a story with these highlights.\n\n{highlights}', '{text}', turned_around=True),
        Template(
            '{highlights}\n\nExpand these notes into a full article.',
            '{text}', turned_around=True),
    ),
    metrics=(rouge,), answer='highlights',
    baseline=Baseline('{text}\nIn short:'),
)

_GAP = ('UNK|<unk>|#', '')

GIGAWORD = Dataset(
    name='gigaword',
    cluster='summarization',
    about=About('Rush et al. 2015, arXiv:1509.00685', 'LDC', 2_044_370),
    source=Tfds('gigaword:1.2.0', 'train[:30000]', 'validation[:200]', 'test'),
    fields=lambda row: {'text': row['document'], 'summary': row['summary']},
    templates=(
        Template('Write a headline for this sentence: {text}', '{summary}'),
        Template('{text}\n\nTurn this into a headline in lower case.', '{summary}'),
        Template('Sentence: {text}\nHeadline:', '{summary}'),
        Template('Summarize this sentence in as few words as possible.\n\n{text}', '{summary}'),
        Template('What is a good title for a story that begins like this?\n\n{text}', '{summary}'),
        Template('{text}\n\nRewrite this as a short headline.', '{summary}'),
        Template('Leave out the details and keep the news.\n\n{text}', '{summary}'),
        Template('Generate a headline from this first sentence of an article: {text}', '{summary}'),
        Template(
            'Write the first sentence under this headline: {summary}',
            '{text}', turned_around=True),
        Template(
            'Write a headline, then the first sentence of its article.',
            'Headline: {summary}\n\nFirst sentence: {text}', turned_around=True),
    ),
    metrics=(rouge,), answer='summary',
    baseline=Baseline('{text}\nIn short:'),
    keep={'UNK or #': lambda row: (
        (replace(row['document'], _GAP) == row['document'])
        & (replace(row['summary'], _GAP) == row['summary']))},
)

_LAST_ARTICLE_END = (r'\s*\|{5}\s*$', '')
_ARTICLE_END_TO_HYPHENS = (r'\s*\|{5}\s*', '\n\n---\n\n')

MULTI_NEWS = Dataset(
    name='multi_news',
    cluster='summarization',
    about=About('Fabbri et al. 2019, arXiv:1906.01749', 'non-commercial research', 44_960),
    source=Tfds('multi_news:2.1.0', 'train[:30000]', 'validation[:200]', 'test'),
    fields=lambda row: {
        'text': replace(row['document'], _LAST_ARTICLE_END, _ARTICLE_END_TO_HYPHENS),
        'summary': row['summary'],
    },
    templates=(
        Template('{text}\n\nSummarize the news above.', '{summary}'),
        Template('Write one summary of these articles.\n\n{text}', '{summary}'),
        Template('Articles:\n\n{text}\n\nSummary:', '{summary}'),
        Template('Combine these reports into one short account.\n\n{text}', '{summary}'),
        Template('What do the news reports below say?\n\n{text}', '{summary}'),
        Template(
            'Hyphens separate the articles below. Tell the story they cover.\n\n{text}',
            '{summary}'),
        Template('{text}\n\nWhat happened? Explain it in a few paragraphs at most.', '{summary}'),
        Template('Sources:\n\n{text}\n\nGive me a digest of these sources.', '{summary}'),
        Template(
            '{summary}\n\nWrite the news articles that this is a summary of.',
            '{text}', turned_around=True),
        Template(
            'Write a summary of some news, then the articles behind it.',
            'Summary: {summary}\n\nArticles:\n\n{text}', turned_around=True),
    ),
    metrics=(rouge,), answer='summary',
    baseline=Baseline('{text}\nIn short:'),
)

NEWSROOM = Dataset(
    name='newsroom',
    cluster='summarization',
    about=About(
        'Grusky et al. 2018, arXiv:1804.11283', 'own terms', 994_560,
        manual='Register at summari.es/download and unpack train.jsonl, dev.jsonl and test.jsonl.'),
    source=Tfds('newsroom:1.0.0', 'train[:30000]', 'validation[:200]', 'test'),
    fields=lambda row: {name: row[name] for name in ('text', 'title', 'summary')},
    templates=(
        Template('{title}\n\n{text}\n\nSummarize this article.', '{summary}'),
        Template('Write a short summary of this text.\n\nTitle: {title}\n\n{text}', '{summary}'),
        Template('Title: {title}\nText: {text}\nSummary:', '{summary}'),
        Template('{title}\n\n{text}\n\nTL;DR:', '{summary}'),
        Template('In short, what does this text say?\n\n{text}', '{summary}'),
        Template('Describe this article in a sentence or two.\n\n{title}\n\n{text}', '{summary}'),
        Template('{text}\n\nGive me the main idea of this article.', '{summary}'),
        Template('Write a description of this page.\n\n{title}\n\nPage: {text}', '{summary}'),
        Template('What is the title of this article?\n\n{text}', '{title}', turned_around=True),
        Template(
            'Write an article with this title and summary.\n\nTitle: {title}\nSummary: {summary}',
            '{text}', turned_around=True),
    ),
    metrics=(rouge,), answer='summary',
    baseline=Baseline('{title}\n{text}\nIn short:'),
)

# Enough to show what opinions have in common, and few enough for a prompt to hold them all.
_MOST_OPINIONS = 10

OPINION_ABSTRACTS_IDEBATE = Dataset(
    name='opinion_abstracts_idebate',
    cluster='summarization',
    about=About('Wang and Ling 2016, arXiv:1606.02785', 'unknown', 1_650),
    source=Tfds(
        'opinion_abstracts/idebate:1.0.0', 'train[:-600]', 'train[-600:-500]', 'train[-500:]'),
    fields=lambda row: {
        'debate_name': row['_debate_name'],
        'argument_sentences': numbered(row['_argument_sentences']['value'][:_MOST_OPINIONS]),
        'claim': row['_claim'],
    },
    templates=(
        Template('{argument_sentences}\n\nWhat claim do these arguments support?', '{claim}'),
        Template('Summarize this argument in one sentence.\n\n{argument_sentences}', '{claim}'),
        Template('Topic: {debate_name}\nReasons:\n{argument_sentences}\nClaim:', '{claim}'),
        Template('{debate_name}\n\n{argument_sentences}\n\nState the main point.', '{claim}'),
        Template('What do these statements show?\n\n{argument_sentences}', '{claim}'),
        Template(
            'Debate: {debate_name}\n\n{argument_sentences}\n\nWhat is the position here?',
            '{claim}'),
        Template(
            'Write the claim that these sentences make together.\n\n{argument_sentences}',
            '{claim}'),
        Template(
            'In a debate on "{debate_name}", what does this side argue?\n\n{argument_sentences}',
            '{claim}'),
        Template(
            'Write a numbered list of arguments for this claim: {claim}',
            '{argument_sentences}', turned_around=True),
        Template(
            '{claim}\n\nWhich debate could this claim come from?',
            '{debate_name}', turned_around=True),
    ),
    metrics=(rouge,), answer='claim',
    baseline=Baseline('{argument_sentences}\nIn short:'),
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
    about=About('Wang and Ling 2016, arXiv:1606.02785', 'unknown', 3_130),
    source=Tfds(
        'opinion_abstracts/rotten_tomatoes:1.0.0', 'train[:-600]', 'train[-600:-500]',
        'train[-500:]'),
    fields=_reviews,
    templates=(
        Template('{numbered_reviews}\n\nWhat do critics think of "{movie}"?', '{critic_consensus}'),
        Template(
            'Summarize these reviews of "{movie}".\n\n{numbered_reviews}', '{critic_consensus}'),
        Template('Movie: {movie}\nReviews:\n{numbered_reviews}\nConsensus:', '{critic_consensus}'),
        Template(
            'Combine these opinions on "{movie}" into one.\n\n{numbered_reviews}',
            '{critic_consensus}'),
        Template(
            'How good is "{movie}", according to these reviews?\n\n{numbered_reviews}',
            '{critic_consensus}'),
        Template(
            'Write what the critics agree on.\n\nMovie: {movie}\n\n{numbered_reviews}',
            '{critic_consensus}'),
        Template(
            '{numbered_reviews}\n\nGive the overall opinion on this movie in short.',
            '{critic_consensus}'),
        Template(
            'Tell me briefly how "{movie}" was received.\n\nReviews:\n{numbered_reviews}',
            '{critic_consensus}'),
        Template(
            '{numbered_reviews}\n\nWhich movie are these reviews about?',
            '{movie}', turned_around=True),
        Template(
            'Movie: {movie}\nConsensus: {critic_consensus}\n\nWrite one of the reviews.',
            '{first_review}', turned_around=True),
    ),
    metrics=(rouge,), answer='critic_consensus',
    baseline=Baseline('Reviews of {movie}:\n{numbered_reviews}\nIn short:'),
)

_LINE_ENDS = (r'\r\n?', '\n')
_FILE_TAGS = (r' *<(?:file_\w+|file|photo|picture|video|gif|audio|link)>', '')  # not <lol>

SAMSUM = Dataset(
    name='samsum',
    cluster='summarization',
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
        Template('Summarize this conversation.\n\n{dialogue}', '{summary}'),
        Template('{dialogue}\n\nWhat is this chat about?', '{summary}'),
        Template('Messages:\n{dialogue}\nSummary:', '{summary}'),
        Template('Write a short summary of the dialogue below.\n\n{dialogue}', '{summary}'),
        Template('{dialogue}\n\nDescribe this conversation in a sentence or two.', '{summary}'),
        Template('Who tells whom what? Give only the main points.\n\n{dialogue}', '{summary}'),
        Template('Describe this chat briefly in the third person.\n\n{dialogue}', '{summary}'),
        Template('What is worth knowing about the following exchange?\n\n{dialogue}', '{summary}'),
        Template('Write a chat with this summary: {summary}', '{dialogue}', turned_around=True),
        Template(
            'Write a chat and summarize it.',
            '{dialogue}\n\nSummary: {summary}', turned_around=True),
    ),
    metrics=(rouge,), answer='summary',
    baseline=Baseline('{dialogue}\nIn short:'),
)

WIKI_LINGUA_ENGLISH_EN = Dataset(
    name='wiki_lingua_english_en',
    cluster='summarization',
    about=About(
        'Ladhak et al. 2020, arXiv:2010.03093', 'CC BY-NC-SA 3.0', 99_000,
        mirror=Mirror('GEM/wiki_lingua', lacks=SCRIPT)),
    source=Tfds(
        'gem/wiki_lingua_english_en:1.1.0', 'train[:30000]', 'validation[:200]', 'test'),
    fields=lambda row: {'source': row['source'], 'target': row['target']},
    templates=(
        Template('Summarize these instructions.\n\n{source}', '{target}'),
        Template('{source}\n\nList the steps in short.', '{target}'),
        Template('Instructions: {source}\nIn brief:', '{target}'),
        Template('What should you do, according to this guide?\n\n{source}', '{target}'),
        Template('Write a short version of the how-to guide below.\n\nGuide: {source}', '{target}'),
        Template('{source}\n\nTell me only what to do, without reasons and examples.', '{target}'),
        Template('Shorten the following advice: {source}', '{target}'),
        Template('Give the main steps, each in one short sentence.\n\n{source}', '{target}'),
        Template('Explain these instructions in detail: {target}', '{source}', turned_around=True),
        Template(
            'Write some advice, first in short and then in detail.',
            'In short: {target}\n\nIn detail: {source}', turned_around=True),
    ),
    metrics=(rouge,), answer='target',
    baseline=Baseline('{source}\nIn short:'),
)

XSUM = Dataset(
    name='xsum',
    cluster='summarization',
    about=About(
        'Narayan et al. 2018, arXiv:1808.08745', 'MIT (code; texts BBC)', 203_560,
        manual='Make xsum-extracts-from-downloads.tar.gz with the scripts of the XSum repository. '
        'gem/xsum needs none of this, but is a filtered ninth.',
        mirror='EdinburghNLP/xsum'),
    source=Tfds('xsum:1.1.0', 'train[:30000]', 'validation[:200]', 'test'),
    fields=lambda row: {'text': row['document'], 'summary': row['summary']},
    templates=(
        Template('{text}\n\nSummarize the article above in one sentence.', '{summary}'),
        Template('Write a one-sentence summary of this news article.\n\n{text}', '{summary}'),
        Template('What is this news story about?\n\n{text}', '{summary}'),
        Template('The first sentence of this article is missing. Write it.\n\n{text}', '{summary}'),
        Template('Full text: {text}\n\nSummary in one sentence:', '{summary}'),
        Template('Tell me the news in one sentence: {text}', '{summary}'),
        Template('Give the most important point of this report.\n\nReport: {text}', '{summary}'),
        Template('{text}\n\nIntroduce this story in a single sentence.', '{summary}'),
        Template('Write a news article from this summary: {summary}', '{text}', turned_around=True),
        Template(
            'State a piece of news in one sentence, then report it in detail.',
            '{summary}\n\n{text}', turned_around=True),
    ),
    metrics=(rouge,), answer='summary',
    baseline=Baseline('{text}\nIn short:'),
)

DATASETS = (
    AESLC, AG_NEWS_SUBSET, CNN_DAILYMAIL, GIGAWORD, MULTI_NEWS, NEWSROOM,
    OPINION_ABSTRACTS_IDEBATE, OPINION_ABSTRACTS_ROTTEN_TOMATOES, SAMSUM, WIKI_LINGUA_ENGLISH_EN,
    XSUM)
