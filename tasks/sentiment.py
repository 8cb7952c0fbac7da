"""Sentiment: does a text speak well or badly of something?"""
from flan_jax.data import (
    About, Baseline, Dataset, Template, Tfds, accuracy, choose, replace, unescaped)

_NEGATIVE_POSITIVE = ('negative', 'positive')

IMDB_REVIEWS = Dataset(
    name='imdb_reviews',
    cluster='sentiment',
    group='sentiment',
    about=About('Maas et al. 2011', 'unknown', 24_800, mirror='stanfordnlp/imdb'),
    source=Tfds('imdb_reviews/plain_text:1.0.0', 'train[:-200]', 'train[-200:]', 'test'),
    fields=lambda row: {
        'text': replace(row['text'], ('<br />', '\n')),
        'answer': choose(row['label'], _NEGATIVE_POSITIVE),
    },
    options=_NEGATIVE_POSITIVE,
    templates=(
        Template('{text}\n\nIs this movie review negative or positive?\n\n{options_}', '{answer}'),
        Template(
            'Classify the movie review by sentiment.\n\nReview: {text}\n\n{options_}', '{answer}'),
        Template(
            '{options_}\n\nWhat is the sentiment of the movie review below?\n\n{text}', '{answer}'),
        Template(
            '{text}\n\nDid the reviewer like the movie? Answer "positive" for yes and "negative" '
            'for no.\n\n{options_}', '{answer}'),
        Template('Review: {text}\nSentiment?\n{options_}', '{answer}'),
        Template(
            'Is the movie recommended (positive) or not (negative) in this review?\n\n{text}\n\n'
            '{options_}', '{answer}'),
        Template(
            '{text}\n\nTell me what the reviewer thinks of the movie.\n\n{options_}', '{answer}'),
        Template('Write a movie review with a {answer} sentiment.', '{text}', turned_around=True),
        Template(
            'Which movie do you have a {answer} opinion of, and why?',
            '{text}', turned_around=True),
        Template(
            'Generate a movie review. State first if it is negative or positive.',
            'Sentiment: {answer}\n\nReview: {text}', turned_around=True),
    ),
    metrics=(accuracy,),
    baseline=Baseline('{text}\nThis review is'),
)

SENTIMENT140 = Dataset(
    name='sentiment140',
    cluster='sentiment',
    group='sentiment',
    about=About('Go et al. 2009', 'unknown', 1_599_800),
    source=Tfds('sentiment140:1.0.0', 'train[:30000]', 'train[-200:]', 'test'),
    fields=lambda row: {
        'text': unescaped(row['text']),
        'answer': choose(row['polarity'] > 2, _NEGATIVE_POSITIVE),
    },
    options=_NEGATIVE_POSITIVE,
    templates=(
        Template('{text}\n\nWhat is the sentiment of this tweet?\n\n{options_}', '{answer}'),
        Template(
            'Label the tweet "positive" if its author is happy and "negative" if not.\n\nTweet: '
            '{text}\n\n{options_}', '{answer}'),
        Template('{options_}\n\nIs this tweet negative or positive?\n\n{text}', '{answer}'),
        Template('Post: {text}\nMood?\n{options_}', '{answer}'),
        Template(
            'Find the sentiment of the message below. Watch out for slang and irony.\n\n{text}\n\n'
            '{options_}', '{answer}'),
        Template(
            'Does whoever posted this sound pleased (positive) or upset (negative)?\n\n{text}\n\n'
            '{options_}', '{answer}'),
        Template('Write a {answer} tweet.', '{text}', turned_around=True),
        Template(
            'Tell me in a tweet what is going on. Make it sound {answer}.',
            '{text}', turned_around=True),
        Template(
            '{text}\n\nWould a smiley (positive) or a sad face (negative) fit here?\n\n{options_}',
            '{answer}'),
        Template(
            'Generate a short post for social media, followed by its sentiment.',
            'Post: {text}\n\nSentiment: {answer}', turned_around=True),
    ),
    metrics=(accuracy,),
    baseline=Baseline('{text}\nThis tweet is'),
    keep={'neutral': lambda row: row['polarity'] != 2},  # the released code counts them negative
)

SST2 = Dataset(
    name='sst2',
    cluster='sentiment',
    group='sentiment',
    about=About('Socher et al. 2013', 'unknown', 67_140, mirror='nyu-mll/glue'),
    source=Tfds('glue/sst2:2.0.0', 'train[:30000]', 'train[-200:]', 'validation'),
    fields=lambda row: {
        'sentence': row['sentence'],
        'answer': choose(row['label'], _NEGATIVE_POSITIVE),
    },
    options=_NEGATIVE_POSITIVE,
    templates=(
        Template(
            'Movie review: {sentence}\n\nIs it negative or positive?\n\n{options_}', '{answer}'),
        Template('{sentence}\n\nWhat is the tone of this comment?\n\n{options_}', '{answer}'),
        Template(
            'Answer "positive" if the text praises the movie and "negative" if it criticizes '
            'it.\n\nText: {sentence}\n\n{options_}', '{answer}'),
        Template(
            '{options_}\n\nHow does the reviewer feel about the movie?\n\n{sentence}', '{answer}'),
        Template('Text: {sentence}\nClassify the sentiment.\n{options_}', '{answer}'),
        Template(
            'Do these words make a movie sound bad (negative) or good (positive)?\n\n{sentence}\n\n'
            '{options_}', '{answer}'),
        Template(
            '{sentence}\n\nDecide whether that is a compliment (positive) or a complaint '
            '(negative).\n\n{options_}', '{answer}'),
        Template('Sentiment analysis: {sentence}\n\n{options_}', '{answer}'),
        Template('Say something {answer} about a movie.', '{sentence}', turned_around=True),
        Template(
            'Write a phrase or sentence about a movie and give its sentiment.',
            'Text: {sentence}\n\nSentiment: {answer}', turned_around=True),
    ),
    metrics=(accuracy,),
    baseline=Baseline('{sentence}\nThis review is'),
)


def _without_escapes(text):
  r"""The review as it was written; in the data a quote is "" or \"" and a line break \n."""
  return replace(text, (r'\\?"{1,2}', '"'), (r'\\n', '\n'))


YELP_POLARITY_REVIEWS = Dataset(
    name='yelp_polarity_reviews',
    cluster='sentiment',
    group='sentiment',
    about=About(
        'Zhang et al. 2015, arXiv:1509.01626', 'own terms', 559_800,
        mirror='fancyzhx/yelp_polarity'),
    source=Tfds('yelp_polarity_reviews:0.2.0', 'train[:30000]', 'train[-200:]', 'test'),
    fields=lambda row: {
        'text': _without_escapes(row['text']),
        'answer': choose(row['label'], _NEGATIVE_POSITIVE),
    },
    options=_NEGATIVE_POSITIVE,
    templates=(
        Template('{text}\n\nIs this review positive or negative?\n\n{options_}', '{answer}'),
        Template(
            'Classify the customer review as "negative" or "positive".\n\nReview: {text}\n\n'
            '{options_}', '{answer}'),
        Template('{options_}\n\nSummarize this review in one word.\n\n{text}', '{answer}'),
        Template(
            'Is the customer satisfied (positive) or dissatisfied (negative)?\n\n{text}\n\n'
            '{options_}', '{answer}'),
        Template('Customer: {text}\nOverall impression?\n{options_}', '{answer}'),
        Template(
            'One or two stars are negative, and three to five stars are positive. Rate this place '
            'by its review.\n\n{text}\n\n{options_}', '{answer}'),
        Template(
            '{text}\n\nTell me how the reviewer felt about this business.\n\n{options_}',
            '{answer}'),
        Template('Write a {answer} review of a local business.', '{text}', turned_around=True),
        Template(
            'Describe a visit to a restaurant, shop or other business. Your experience was '
            '{answer}.', '{text}', turned_around=True),
        Template(
            'Review any business and say first if your review is negative or positive.',
            'My review is {answer}.\n\n{text}', turned_around=True),
    ),
    metrics=(accuracy,),
    baseline=Baseline('{text}\nThis review is'),
)

DATASETS = (IMDB_REVIEWS, SENTIMENT140, SST2, YELP_POLARITY_REVIEWS)
