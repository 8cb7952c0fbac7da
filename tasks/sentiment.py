"""Sentiment: does a text speak well or badly of something?"""
from flan_jax.data import Dataset, Template, Tfds, accuracy, choose, replace

_NEGATIVE_POSITIVE = ('negative', 'positive')

IMDB_REVIEWS = Dataset(
    name='imdb_reviews',
    cluster='sentiment',
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
            '{options_}\n\nLabel the film review below with one of these.\n\n{text}', '{answer}'),
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

SST2 = Dataset(
    name='sst2',
    cluster='sentiment',
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
            '{options_}\n\nWhich of these two attitudes shows in the line below?\n\n{sentence}',
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

DATASETS = (IMDB_REVIEWS, SST2)
