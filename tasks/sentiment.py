"""Sentiment: does a text speak well or badly of something?"""
from flan_jax.data import About, Dataset, Template, Tfds, accuracy, choose, replace, unescaped

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
        Template(
            '{text}\n\nWhat opinion of the film does this reviewer have?\n\n{options_}',
            '{answer}'),
        Template(
            'Sort film reviews by sentiment: "positive" where the reviewer recommends the film, '
            '"negative" where the reviewer advises against it.\n\nReview: {text}\n\n{options_}',
            '{answer}'),
        Template(
            '{options_}\n\nLabel the film review below by its sentiment.\n\n{text}', '{answer}'),
        Template(
            'The manager of a cinema reads what a visitor has written:\n\n{text}\n\n'
            'What kind of feedback is it?\n\n{options_}', '{answer}'),
        Template('Review: {text}\nSentiment?\n{options_}', '{answer}'),
        Template(
            'Read to the end before you decide, since critics often praise some things and find '
            'fault with others.\n\n{text}\n\n'
            'Is the verdict on the film positive or negative on the whole?\n\n{options_}',
            '{answer}'),
        Template(
            'Somebody who writes the following will also rate the film, with many stars '
            '(positive) or with few (negative). Which rating do you expect?\n\n{text}\n\n'
            '{options_}', '{answer}'),
        Template(
            'Compose a film review. Its sentiment has to be {answer}.',
            '{text}', turned_around=True),
        Template(
            'You have just watched a film, and your impression is {answer}. '
            'Tell people on the internet about it.', '{text}', turned_around=True),
        Template(
            'Say if your opinion of some film is negative or positive, and justify it at length.',
            'Opinion: {answer}\n\nReasons: {text}', turned_around=True),
    ),
    metrics=(accuracy,),
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
        Template(
            '{text}\n\nHow does the author of this tweet feel?\n\n{options_}', '{answer}'),
        Template(
            'Tweets voice good moods and bad ones. Label the next one "positive" if its author '
            'is pleased and "negative" if its author is not.\n\nTweet: {text}\n\n{options_}',
            '{answer}'),
        Template(
            '{options_}\n\nWith which word for its mood would you tag this message from a social '
            'network?\n\n{text}', '{answer}'),
        Template('Post: {text}\nMood?\n{options_}', '{answer}'),
        Template(
            'Mind the slang, the abbreviations and the irony that are common online, and judge '
            'the sentiment of the short text below.\n\n{text}\n\n{options_}', '{answer}'),
        Template(
            'A friend of yours has just posted this:\n\n{text}\n\n'
            'You are about to respond. What sort of feeling do you respond to?\n\n{options_}',
            '{answer}'),
        Template('Write a tweet that sounds {answer}.', '{text}', turned_around=True),
        Template(
            'Something has just happened to you, and your feelings about it are {answer}. '
            'Share them with your followers in a line or two.', '{text}', turned_around=True),
        Template(
            'Messages online often end in a smiling face (positive) or in a sad one (negative). '
            'Which face would go with this message?\n\n{text}\n\n{options_}', '{answer}'),
        Template(
            'Compose a short message for a social network, and state its sentiment.',
            'Message: {text}\n\nSentiment: {answer}', turned_around=True),
    ),
    metrics=(accuracy,),
    keep=lambda row: row['polarity'] != 2,  # neutral
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
            'Words from a film review: {sentence}\n\nAre they negative or positive?\n\n'
            '{options_}', '{answer}'),
        Template(
            '{sentence}\n\nWhat is the tone of this comment on a film?\n\n{options_}',
            '{answer}'),
        Template(
            'A critic can praise a film or find fault with it. Answer "positive" for praise and '
            '"negative" for fault-finding.\n\nThe critic says: {sentence}\n\n{options_}',
            '{answer}'),
        Template(
            '{options_}\n\nWhich attitude to a film shows in the line below?\n\n{sentence}',
            '{answer}'),
        Template('Excerpt: {sentence}\nClassify the feeling.\n{options_}', '{answer}'),
        Template(
            'Suppose that this was printed on the poster of a film:\n\n{sentence}\n\n'
            'What impression of the film would people get?\n\n{options_}', '{answer}'),
        Template(
            'Work out whether whoever said this liked what they saw (positive) or did not '
            '(negative).\n\n"{sentence}"\n\n{options_}', '{answer}'),
        Template(
            'Sentiment analysis is about the emotion behind a text. Apply it to this piece of '
            'film criticism.\n\nText: {sentence}\n\n{options_}', '{answer}'),
        Template(
            'As a critic might, make a {answer} remark about a film or a part of it.',
            '{sentence}', turned_around=True),
        Template(
            'Write a phrase or a sentence about a film, and classify it by its sentiment.',
            'Text: {sentence}\n\nSentiment: {answer}', turned_around=True),
    ),
    metrics=(accuracy,),
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
        Template(
            '{text}\n\nDoes this customer think well of the place (positive) or badly '
            '(negative)?\n\n{options_}', '{answer}'),
        Template(
            'Classify reviews of restaurants, shops and other businesses: a review that would '
            'draw customers in is "positive", and one that would keep them away is "negative".'
            '\n\nReview: {text}\n\n{options_}', '{answer}'),
        Template('{options_}\n\nSum up the review below in a single word.\n\n{text}', '{answer}'),
        Template(
            'The owner of a business finds this on the internet:\n\n{text}\n\n'
            'What kind of publicity is it?\n\n{options_}', '{answer}'),
        Template('Customer: {text}\nOverall impression?\n{options_}', '{answer}'),
        Template(
            'One or two stars out of five count as negative, four or five as positive. How do '
            'the stars that go with these words count?\n\n{text}\n\n{options_}', '{answer}'),
        Template(
            'Someone went out and reports what it was like.\n\n{text}\n\n'
            'Was it a positive experience or a negative one?\n\n{options_}', '{answer}'),
        Template(
            'Write what a customer might say online about a place. The verdict should be '
            '{answer}.', '{text}', turned_around=True),
        Template(
            'Last week you tried out a new place in town. Your opinion of it is {answer}, and '
            'you want to let others know why.', '{text}', turned_around=True),
        Template(
            'Review any business you like. Say first if your review is negative or positive.',
            'My review is {answer}.\n\n{text}', turned_around=True),
    ),
    metrics=(accuracy,),
)

DATASETS = (IMDB_REVIEWS, SENTIMENT140, SST2, YELP_POLARITY_REVIEWS)
