"""Pairs of articles for which it is known whether one is a copy of the other; made by program.

A copy is an article after what news desks do to wire copy: cut, retitled, given another lead,
agency or page furniture, paragraphs moved, words changed, or several of these. A follow-up is
another article that repeats some of the background word for word, which is not a copy: most of it
is new.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import MappingProxyType

SHORTEST = 0.4
EDITED_WORDS = (0.02, 0.08)
LEAST_PARAGRAPHS = 4
LEAST_WORDS = 80
MOST_BACKGROUND = 0.5
SAME_EVENT = "another article on the event"

FILLED_FORM = "one form, other names and figures"

_INNER_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{3,}\b(?<!day)")
_INNER_FIGURE = re.compile(r"(?<=[a-z] )\d{1,3}(?= [a-z])")
_OTHER_NAMES = ("Ruddock", "Ysolde", "Brackwater", "Tamsin", "Kestermoor", "Odalys", "Vintner")

_SENTENCES = re.compile(r"(?<=[.!?…])[\"”’)]*\s+")
_AGENCIES = ("Corvane Wire", "Meridian Press", "ANP-West", "Baltic News Service", "Tern Agency")
_TOWNS = ("LISBON", "Port Elin", "GENEVA", "Quill", "New Marrow")
_FURNITURE = (
    "Sign up for our morning newsletter and get the day's most important stories in your inbox.",
    "This article was updated to add further details and reactions.",
    "Copyright 2024. All rights reserved. No part of this report may be published or rewritten.",
    "Our journalism needs your support. Become a member today from two crowns a month.",
    "Read more of our coverage on our live page, and follow us for the latest headlines.",
    "Have you been affected by what is described here? Write to our desk in confidence.",
)
_FILLERS = (
    "late quickly reportedly officials area regional people around meanwhile considerable amid"
    " according sources large further roughly central senior additional recent local early major"
).split()


@dataclass(frozen=True, slots=True)
class Story:
    """An article in the form that pairs are made from.

    Attributes:
        title: Its title.
        paragraphs: Its text, from the lead on.
        published: Its day, or None.
    """

    title: str
    paragraphs: tuple[str, ...]
    published: date | None = None

    @property
    def text(self) -> str:
        """The paragraphs as one text."""
        return "\n\n".join(self.paragraphs)

    @property
    def words(self) -> int:
        """Words of the text."""
        return len(self.text.split())


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts and what is known about them.

    Attributes:
        one: The original.
        other: A copy, or another article.
        is_copy: Whether it is a copy.
        kind: How it was made.
        source: Number of the original article; its pairs are all in one fold.
    """

    one: str
    other: str
    is_copy: bool
    kind: str
    source: int


Alteration = Callable[[Story, random.Random, Sequence[Story]], Story]


def read_story(title: str, text: str, published: date | None = None) -> Story | None:
    """Return an article in the form that pairs are made from; None if it is too short."""
    paragraphs = tuple(line.strip() for line in text.splitlines() if line.strip())
    story = Story(title, paragraphs, published)
    is_usable = len(paragraphs) >= LEAST_PARAGRAPHS and story.words >= LEAST_WORDS
    return story if is_usable else None


def cut_head(story: Story, chance: random.Random, others: Sequence[Story]) -> Story:
    """Keep the beginning, 40 to 80 % of the words, to the end of a sentence."""
    wanted = story.words * chance.uniform(SHORTEST, 0.8)
    kept: list[str] = []
    n_words = 0
    for paragraph in story.paragraphs:
        sentences: list[str] = []
        for sentence in _SENTENCES.split(paragraph):
            if n_words >= wanted:
                break
            sentences.append(sentence)
            n_words += len(sentence.split())
        if sentences:
            kept.append(" ".join(sentences))
    return replace(story, paragraphs=tuple(kept))


def drop_sentences(story: Story, chance: random.Random, others: Sequence[Story]) -> Story:
    """Leave out sentences here and there until 40 to 80 % of the words are left."""
    kept = [_SENTENCES.split(paragraph) for paragraph in story.paragraphs]
    wanted = story.words * chance.uniform(SHORTEST, 0.8)
    places = [(i, j) for i, sentences in enumerate(kept) for j in range(len(sentences))]
    chance.shuffle(places)
    n_words = story.words
    for i, j in places:
        length = len(kept[i][j].split())
        if n_words - length >= wanted:
            kept[i][j] = ""
            n_words -= length
    joined = (" ".join(filter(None, sentences)) for sentences in kept)
    return replace(story, paragraphs=tuple(filter(None, joined)))


def change_title(story: Story, chance: random.Random, others: Sequence[Story]) -> Story:
    """Give it another title, which is put above the text, as some desks leave it."""
    words = chance.choice(others).title.split()[:4] + story.title.split()[-3:]
    title = " ".join(words)
    return replace(story, title=title, paragraphs=(title, *story.paragraphs))


def change_lead(story: Story, chance: random.Random, others: Sequence[Story]) -> Story:
    """Replace the first paragraph with one in entirely different words."""
    lead = _SENTENCES.split(chance.choice(others).paragraphs[0])[:2]
    return replace(story, paragraphs=(" ".join(lead), *story.paragraphs[1:]))


def put_lead(story: Story, chance: random.Random, others: Sequence[Story]) -> Story:
    """Put a new paragraph before the first one."""
    return replace(story, paragraphs=(chance.choice(others).paragraphs[0], *story.paragraphs))


def swap_paragraphs(story: Story, chance: random.Random, others: Sequence[Story]) -> Story:
    """Swap two paragraphs."""
    paragraphs = list(story.paragraphs)
    if len(paragraphs) > 1:
        i, j = chance.sample(range(len(paragraphs)), 2)
        paragraphs[i], paragraphs[j] = paragraphs[j], paragraphs[i]
    return replace(story, paragraphs=tuple(paragraphs))


def change_agency(story: Story, chance: random.Random, others: Sequence[Story]) -> Story:
    """Put another agency's tag at the beginning and its credits at the end."""
    agency, town = chance.choice(_AGENCIES), chance.choice(_TOWNS)
    day = story.published or date(2024, 3, 1)
    first = f"{town}, {day:%b} {day.day} ({agency}) — {story.paragraphs[0]}"
    credit = f"(Reporting by {agency} staff in {town}; editing by the {agency} desk)"
    return replace(story, paragraphs=(first, *story.paragraphs[1:], credit))


def edit_words(story: Story, chance: random.Random, others: Sequence[Story]) -> Story:
    """Change 2 to 8 % of the words: replaced, added or removed."""
    share = chance.uniform(*EDITED_WORDS)
    paragraphs = []
    for paragraph in story.paragraphs:
        words = []
        for word in paragraph.split(" "):
            if chance.random() >= share:
                words.append(word)
                continue
            words += chance.choice(([], [word, chance.choice(_FILLERS)], [chance.choice(_FILLERS)]))
        paragraphs.append(" ".join(words))
    return replace(story, paragraphs=tuple(paragraphs))


def split_otherwise(story: Story, chance: random.Random, others: Sequence[Story]) -> Story:
    """Divide the text into different paragraphs."""
    sentences = [s for paragraph in story.paragraphs for s in _SENTENCES.split(paragraph)]
    paragraphs = []
    while sentences:
        n_sentences = chance.randint(1, 4)
        paragraphs.append(" ".join(sentences[:n_sentences]))
        del sentences[:n_sentences]
    return replace(story, paragraphs=tuple(paragraphs))


def add_furniture(story: Story, chance: random.Random, others: Sequence[Story]) -> Story:
    """Add a site's own lines within the text and after it, with titles of other articles."""
    paragraphs = list(story.paragraphs)
    paragraphs.insert(chance.randint(1, len(paragraphs)), chance.choice(_FURNITURE))
    paragraphs += chance.sample(_FURNITURE, 2)
    paragraphs += [other.title for other in chance.sample(list(others), min(4, len(others)))]
    return replace(story, paragraphs=tuple(paragraphs))


def combine(story: Story, chance: random.Random, others: Sequence[Story]) -> Story:
    """Do three to five of these at once, cutting at most once."""
    chosen = chance.sample(list(ALTERATIONS.values()), chance.randint(3, 5))
    if cut_head in chosen and drop_sentences in chosen:
        chosen.remove(chance.choice((cut_head, drop_sentences)))
    for alter in chosen:
        story = alter(story, chance, others)
    return story


def cut_and_change_lead(story: Story, chance: random.Random, others: Sequence[Story]) -> Story:
    """Cut it to its beginning, then replace the lead, as for a brief."""
    return change_lead(cut_head(story, chance, others), chance, others)


ALTERATIONS: Mapping[str, Alteration] = MappingProxyType(
    {
        "cut to its beginning": cut_head,
        "sentences left out": drop_sentences,
        "another title": change_title,
        "another lead": change_lead,
        "one more lead": put_lead,
        "two paragraphs swapped": swap_paragraphs,
        "another agency": change_agency,
        "words edited": edit_words,
        "other paragraphs": split_otherwise,
        "furniture": add_furniture,
    }
)
"""The alterations by name; each makes a copy that says the same, or part of it."""

COMBINATIONS: Mapping[str, Alteration] = MappingProxyType(
    {"cut and another lead": cut_and_change_lead, "three to five of these": combine}
)


def make_copies(stories: Sequence[Story], chance: random.Random, *, each: int) -> list[Pair]:
    """Return pairs of an article and a copy of it.

    Args:
        stories: Articles, each used in turn.
        chance: Random source.
        each: Pairs for each alteration.
    """
    order = list(range(len(stories)))
    chance.shuffle(order)
    pairs: list[Pair] = []
    for kind, alter in {**ALTERATIONS, **COMBINATIONS}.items():
        for _ in range(each):
            source = order[len(pairs) % len(order)]
            others = _others(stories, source, chance)
            copied = alter(stories[source], chance, others)
            pairs.append(
                Pair(stories[source].text, copied.text, is_copy=True, kind=kind, source=source)
            )
    return pairs


def make_follow_ups(stories: Sequence[Story], chance: random.Random, *, each: int) -> list[Pair]:
    """Return pairs of an article and another one that repeats two or three of its paragraphs.

    The repeated paragraphs come after the new lead or at the end, and are at most half of either
    text: if they would be more, the longest is left out.

    Args:
        stories: Articles, each used in turn.
        chance: Random source.
        each: Pairs for two and for three paragraphs.
    """
    order = list(range(len(stories)))
    chance.shuffle(order)
    pairs: list[Pair] = []
    for n_repeated in (2, 3):
        for _ in range(each):
            source = order[len(pairs) % len(order)]
            news = chance.choice(_others(stories, source, chance))
            repeated = _choose_background(stories[source], news, n_repeated, chance)
            place = chance.choice((1, len(news.paragraphs)))
            paragraphs = (*news.paragraphs[:place], *repeated, *news.paragraphs[place:])
            follow_up = replace(news, paragraphs=paragraphs)
            kind = f"follow-up with {n_repeated} paragraphs"
            pairs.append(
                Pair(stories[source].text, follow_up.text, is_copy=False, kind=kind, source=source)
            )
    return pairs


def make_filled_forms(stories: Sequence[Story], chance: random.Random, *, each: int) -> list[Pair]:
    """Return pairs of an article and the same words with other names and figures.

    Two of the names and two of the figures that stand within a sentence are replaced, wherever
    they occur, as where a press office fills in a form.

    Args:
        stories: Articles, each used in turn.
        chance: Random source.
        each: Pairs.
    """
    order = list(range(len(stories)))
    chance.shuffle(order)
    pairs: list[Pair] = []
    for n_pairs in range(each):
        source = order[n_pairs % len(order)]
        text = stories[source].text
        names, figures = (
            sorted(set(pattern.findall(text))) for pattern in (_INNER_NAME, _INNER_FIGURE)
        )
        new = {
            name: chance.choice(_OTHER_NAMES) for name in chance.sample(names, min(2, len(names)))
        }
        for figure in chance.sample(figures, min(2, len(figures))):
            new[figure] = str(int(figure) + chance.randint(1, 40))
        if not new:
            continue
        known = re.compile(rf"\b(?:{'|'.join(map(re.escape, new))})\b")
        filled = known.sub(lambda found, new=new: new[found[0]], text)  # type: ignore[misc]
        pairs.append(Pair(text, filled, is_copy=False, kind=FILLED_FORM, source=source))
    return pairs


def find_follow_ups(
    stories: Sequence[Story], *, limit: int, days: int = 60, least: float = 0.0
) -> list[Pair]:
    """Return pairs of different articles on the same event, the nearest by their words first.

    Args:
        stories: Articles, none of which is a copy of another.
        limit: Pairs wanted.
        days: How far apart they may have been published.
        least: Least cosine of their TF-IDF vectors.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = [f"{story.title}\n{story.text}" for story in stories]
    vectors = TfidfVectorizer(sublinear_tf=True, stop_words="english", min_df=2).fit_transform(
        texts
    )
    cosines = (vectors @ vectors.T).tocoo()
    near = sorted(
        (-value, i, j)
        for value, i, j in zip(cosines.data, cosines.row, cosines.col, strict=True)
        if i < j and value >= least and _are_near(stories[i], stories[j], days)
    )
    return [
        Pair(stories[i].text, stories[j].text, is_copy=False, kind=SAME_EVENT, source=int(i))
        for _, i, j in near[:limit]
    ]


def _choose_background(
    story: Story, news: Story, count: int, chance: random.Random
) -> tuple[str, ...]:
    """Return paragraphs, not the lead, that are at most half of either article's words."""
    places = sorted(chance.sample(range(1, len(story.paragraphs)), count))
    chosen = [story.paragraphs[place] for place in places]
    most = MOST_BACKGROUND * min(story.words, 2 * news.words)
    while len(chosen) > 1 and sum(len(p.split()) for p in chosen) > most:
        chosen.remove(max(chosen, key=len))
    return tuple(chosen)


def _others(stories: Sequence[Story], source: int, chance: random.Random) -> list[Story]:
    """Return some of the other articles, to take words from."""
    places = chance.sample(range(len(stories)), min(12, len(stories)))
    return [stories[place] for place in places if place != source]


def _are_near(one: Story, other: Story, days: int) -> bool:
    if one.published is None or other.published is None:
        return True
    return abs(one.published - other.published) <= timedelta(days=days)
