"""The sides of a comparison: "how does A differ from B?" asks for A and for B; pure.

Each side becomes a question of its own, with the words of the first that the second leans on: "the
Porto one" after "the Bergen award against the yard" is "the Porto award against the yard".
"""

from __future__ import annotations

import re

from rag.asking.data_files import read_expressions
from rag.asking.noun_phrases import WORD, content_words

_FORMS = read_expressions("rag.asking", "question_forms.toml")["sides"]
_COMPARES = [re.compile(text, re.IGNORECASE) for text in _FORMS["compares"]]
_QUESTION = re.compile(_FORMS["question"], re.IGNORECASE)
_ACCOUNT = re.compile(_FORMS["account"], re.IGNORECASE)
_VERSION = re.compile(_FORMS["version"], re.IGNORECASE)
_SAME_NOUN = re.compile(r"^(?P<before>.*\S)\s+(?:one|ones)$", re.IGNORECASE)
_LINKED = re.compile(r"^(?:\S+\s+){1,3}?(?:of|by|from|in)\s+(?=[A-ZÀ-ÖØ-Þ])")
_IS_MANY = re.compile(
    r"^(?:(?:the|these|those)\s+)?(?:[\w'’-]+\s+){0,2}?[a-z]{3,}(?<![sui])s(?:\s+(?:of|by|from|in|for|on)\b|$)"
)
_THAT_OF = re.compile(r"^(?:that|those)\s+(?P<link>of|from|by|in|at)\s+", re.IGNORECASE)
_DESCRIBED = re.compile(
    r"^(?:the|an?|this|that|its|his|her|their|(?:[^\W\d_]\w*\s+){0,2}[^\W\d_]\w*['’]s?)\s+(?:[\w'’-]+\s+){0,3}?"
    r"(?P<noun>[\w'’-]+(?:\s+(?:of|against|for|on|in|by|at|with|from|about)\s+.+)?)$",
    re.IGNORECASE,
)


def divide_sides(question: str) -> tuple[str, str] | None:
    """Return the questions for both sides of a comparison; None if two sides are not named.

    Examples:
        >>> divide_sides("How does the Bergen award against the yard compare with the Porto one?")
        ('What is the Bergen award against the yard?', 'What is the Porto award against the yard?')
        >>> divide_sides("How does Lund's account of the fire differ from what the crew says?")
        ('What does Lund say about the fire?', 'What the crew says (fire)?')
        >>> divide_sides("How do the two plans differ?")
    """
    found = next((match for form in _COMPARES if (match := form.search(question))), None)
    if found is None:
        return None
    first, second = found["first"].strip(" ,"), found["second"].strip(" ,")
    topic = (found.groupdict().get("topic") or "").strip(" ,")
    second = _complete_side(second, first)
    about = f" {topic}" if topic else ""
    return _ask(f"{first}{about}"), _ask(f"{second}{about}")


def ask_for_version(piece: str) -> str:
    """Return a part that asks how somebody's version differs as a question for what they say.

    Examples:
        >>> ask_for_version("how did Ana Dahl's account differ?")
        'What did Ana Dahl say?'
        >>> ask_for_version("when did it open?")
        'when did it open?'
    """
    match = _VERSION.search(piece)
    return f"What {match['aux']} {match['who']} say?" if match else piece


def _complete_side(second: str, first: str) -> str:
    described = _DESCRIBED.match(first)
    noun = described["noun"] if described else first
    head = WORD.findall(noun)[0]
    same, that = _SAME_NOUN.match(second), _THAT_OF.match(second)
    linked = _LINKED.match(first)
    if same is not None:
        return f"{same['before']} {noun}"
    if that is not None and that["link"].casefold() == "of":
        return f"{second[that.end() :]}'s {head}"
    if that is not None:
        return f"the {head} {that['link']} {second[that.end() :]}"
    if second.endswith(("'s", "’s", "s'", "s’")):
        return f"{second} {noun}"
    if linked is not None and all(word[0].isupper() for word in WORD.findall(second)):
        return f"{linked[0]}{second}"
    known = {word.casefold() for word in WORD.findall(second)}
    rest = content_words(noun)[1:] or [w for w in content_words(first) if w[0].isupper()]
    carried = [word for word in rest if word.casefold() not in known]
    return f"{second} ({', '.join(carried)})" if carried else second


def _ask(side: str) -> str:
    told = _ACCOUNT.match(side)
    if told is not None:
        about = f" about {told['about']}" if told["about"] else ""
        return f"What does {told['who']} say{about}?"
    if _QUESTION.search(side):
        return f"{side[0].upper()}{side[1:]}?"
    is_many = _IS_MANY.match(side) is not None
    return f"What {'are' if is_many else 'is'} {side}?"
