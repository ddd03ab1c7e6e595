"""Questions made by program from a sentence, by asking for one of its names or numbers.

They are clumsy on purpose (words dropped, words moved) and only a warm-up: they teach an encoder
that has never compared two texts to look for what is missing. Pure.
"""

from __future__ import annotations

import random
import re

from training.near_misses import NAME, find_names

_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_NUMBER = re.compile(r"(?:[$£€]\s?)?\b\d[\d,.]*\b(?:\s?%|\s(?:percent|per cent|million|billion))?")
_PLACE_BEFORE = re.compile(r"\b(?:in|at|from|near|to|of)\s+(?:the\s+)?$", re.IGNORECASE)
_COUNTED = re.compile(r"\s+([a-z]{3,}s)\b")

LEAST_WORDS = 8
MOST_WORDS = 45


def make_cloze(sentence: str, rng: random.Random) -> tuple[str, int, int] | None:
    """Return a question about a sentence and the position of its answer, or None.

    Args:
        sentence: One sentence of an article.
        rng: Decides what is asked and which words are left out.

    Returns:
        The question, and start and end of the answer in the sentence.
    """
    if not LEAST_WORDS <= len(sentence.split()) <= MOST_WORDS:
        return None
    targets = [(m.start(), m.end(), "year") for m in _YEAR.finditer(sentence)]
    years = {start for start, _, _ in targets}
    targets += [
        (m.start(), m.end(), "number") for m in _NUMBER.finditer(sentence) if m.start() not in years
    ]
    names = set(find_names(sentence))
    targets += [(m.start(), m.end(), "name") for m in NAME.finditer(sentence) if m.group() in names]
    if not targets:
        return None
    start, end, kind = rng.choice(targets)
    before, after = sentence[:start], sentence[end:]
    if kind == "year":
        asked = rng.choice(["when", "in what year", "what year", "in which year"])
    elif kind == "number":
        counted = _COUNTED.match(after)
        if counted:
            asked, after = f"how many {counted[1]}", after[counted.end() :]
        else:
            asked = "what percentage" if "%" in sentence[start:end] else "how much"
    elif _PLACE_BEFORE.search(before):
        asked = rng.choice(["where", "which place", "what", "in which country", "which city"])
    elif not before.strip():
        asked = rng.choice(["who", "which person", "what", "which", "who", "which company"])
    else:
        asked = rng.choice(["who", "what", "which", "whom", "what is the name of"])
    words = [word.strip(',.;:()"“”') for word in f"{before} {after}".split()]
    dropped = rng.uniform(0.15, 0.55)
    kept = [word for word in words if word and rng.random() > dropped]
    if rng.random() < 0.5:  # noqa: PLR2004 - a share
        cut = rng.randrange(len(kept) + 1)
        kept = kept[cut:] + kept[:cut]
    question = " ".join([asked, *kept])
    return f"{question}?", start, end
