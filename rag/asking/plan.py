"""What a question has to be answered with: its parts, and what kind of answer each wants; pure.

"When did the bridge open, and who paid for it?" is two questions. Each is answered by itself,
under its own words, so that a missing half is seen to be missing. A part that is not complete
("did he back it?") is completed from the part before it, as a follow-up is from the turn before it.

"How does A differ from B?" asks for A and for B. Each side becomes a question of its own, with the
words of the first that the second leans on: "the Porto one" after "the Bergen award against the
yard" is "the Porto award against the yard".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from index.language.clause_words import listed_verbs, phrasal_stances, weak_verbs
from index.language.nations import find_nations
from rag.asking.data_files import read_expressions
from rag.asking.events import find_asked_event
from rag.asking.noun_phrases import (
    WORD,
    content_words,
    find_noun_phrases,
    is_verb,
    names_something,
)
from rag.asking.question import understand_question
from rag.asking.references import find_references
from rag.types import Turn

MAX_PARTS = 4
"""A question that would be more parts than this is left whole."""

MIN_PART_WORDS = 2
"""Fewest words of content in a part; a shorter one leans on the rest and is not split off."""

MAX_NAMES = 3
"""Most names that a later part without any takes over."""

_FORMS = read_expressions("rag.asking", "question_forms.toml")["plan"]
_BOUNDARY = re.compile(_FORMS["boundary"], re.IGNORECASE)
_OPENING = re.compile(_FORMS["opening"], re.IGNORECASE)
_PAIRED = re.compile(_FORMS["paired_question_words"], re.IGNORECASE)
_ASKS_SPEAKER = re.compile(_FORMS["asks_speaker"], re.IGNORECASE)
_LEANS = re.compile(_FORMS["leans_on_answer"], re.IGNORECASE)
_WHO = re.compile(r"\b(?:who|everybody|everyone|all)\b", re.IGNORECASE)
_RELATIVE = re.compile(_FORMS["relative"], re.IGNORECASE)
_COUNTS = [re.compile(text, re.IGNORECASE) for text in _FORMS["count"]]
_QUOTED = [re.compile(text, re.IGNORECASE) for text in _FORMS["quoted"]]
_KINDS = {kind: re.compile(text, re.IGNORECASE) for kind, text in _FORMS["quoted_kinds"].items()}
_KIND_AT_END = re.compile(rf"(?:{'|'.join(_FORMS['quoted_kinds'].values())})\Z", re.IGNORECASE)
_STANCES = [re.compile(text, re.IGNORECASE) for text in _FORMS["stance"]]
_TIMELINES = [re.compile(text, re.IGNORECASE) for text in _FORMS["timeline"]]
_SAID = [re.compile(text, re.IGNORECASE) for text in _FORMS["said"]]
_ABOUT_NOTHING = re.compile(_FORMS["about_nothing"], re.IGNORECASE)
_SIDES_TAKEN = frozenset({"denies", "confirms", "accuses", "promises", "demands", "corrects"})
_EACH_SOURCE = [re.compile(text, re.IGNORECASE) for text in _FORMS["each_source"]]
_FRAMED = re.compile(_FORMS["framed"], re.IGNORECASE)
_REACTED = re.compile(_FORMS["reacted"], re.IGNORECASE)
_NUMBER_OF = re.compile(r"^(?:the\s+)?(?:numbers?|figures?|counts?)\s+(?:of|for)\s+", re.IGNORECASE)
_BEGINS_AS_QUESTION = re.compile(_FORMS["begins_as_question"], re.IGNORECASE)
_SEVERAL = [re.compile(_FORMS[name], re.IGNORECASE) for name in ("several", "compare")]
_SIDES = read_expressions("rag.asking", "question_forms.toml")["sides"]
_COMPARES = [re.compile(text, re.IGNORECASE) for text in _SIDES["compares"]]
_STATED = [re.compile(text, re.IGNORECASE) for text in _SIDES["stated"]]
_QUESTION = re.compile(_SIDES["question"], re.IGNORECASE)
_ACCOUNT = re.compile(_SIDES["account"], re.IGNORECASE)
_VERSION = re.compile(_SIDES["version"], re.IGNORECASE)
_NO_SIDE = re.compile(_SIDES["no_side"], re.IGNORECASE)
_ASKS_NUMBER = re.compile(
    r"\W*(?:and\s+)?how\s+(?:many|much)\b(?!.*\b(?:did|do|does)\b)", re.IGNORECASE
)
_ENDS_AT_NAME = re.compile(
    r"\b(?:in|at|of|on|near|during|after|by)\s+(?:the\s+)?[A-ZÀ-ÖØ-Þ][^?]*\?$"
)
_SAME_NOUN = re.compile(r"^(?P<before>.*\S)\s+(?:one|ones)$", re.IGNORECASE)
_LINKED = re.compile(r"^(?:\S+\s+){1,3}?(?:of|by|from|in)\s+(?=[A-ZÀ-ÖØ-Þ])")
_IS_MANY = re.compile(
    r"^(?:(?:the|these|those)\s+)?(?:(?!(?:among|between|of|by|from|in|for|on)\b)[\w'’-]+\s+){0,2}?[a-z]{3,}(?<![sui])s(?:\s+(?:of|by|from|in|for|on)\b|$)"
)
_THAT_OF = re.compile(
    r"^(?:that|those)\s+(?P<link>of|from|by|in|at|among|for|on|between)\s+", re.IGNORECASE
)
_DESCRIBED = re.compile(
    r"^(?:the|an?|this|that|its|his|her|their|(?:[^\W\d_]\w*\s+){0,2}[^\W\d_]\w*['’]s?)\s+(?:[\w'’-]+\s+){0,3}?"
    r"(?P<noun>[\w'’-]+(?:\s+(?:of|against|for|on|in|by|at|with|from|about)\s+.+)?)$",
    re.IGNORECASE,
)


class Wanted(StrEnum):
    """How much a part of a question wants."""

    ONE = "one"
    """One fact, or as much as belongs to it."""
    SEVERAL = "several"
    """Every item of a list, every reaction, both sides of a comparison."""
    EACH = "each"
    """What each source says of one fact."""
    COUNT = "count"
    """How many articles mention something."""
    QUOTED = "quoted"
    """Everybody whose words the articles give, or who denied, promised or demanded something."""
    SAID = "said"
    """Every statement of somebody."""
    TIMELINE = "timeline"
    """What happened when."""

    @property
    def is_in_ledger(self) -> bool:
        """Whether it is a count or a list that the ledger has."""
        return self in {Wanted.COUNT, Wanted.QUOTED, Wanted.SAID, Wanted.TIMELINE}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a question.

    Attributes:
        question: The part as it would be asked alone.
        wanted: How much it wants.
        subject: What the articles are counted by, what people are quoted on, or what a timeline or
            statements are about; else empty.
        nation: Whose people are asked for; empty for anybody's.
        kind: ``person``, ``organisation`` or ``nation`` if only those who are one are asked for.
        stance: What the statements must be, such as ``denies``; empty for any.
        by: Whose statements are asked for; empty for anybody's.
    """

    question: str
    wanted: Wanted = Wanted.ONE
    subject: str = ""
    nation: str = ""
    kind: str = ""
    stance: str = ""
    by: str = ""


def plan_question(question: str, *, whole: bool = False) -> tuple[Part, ...]:
    """Return the parts of a question, in order; a simple question is one part.

    Args:
        question: Standalone.
        whole: Whether to leave it whole, whatever parts it has.

    Examples:
        >>> parts = plan_question("When was the pier built, and who paid for it?")
        >>> [part.question for part in parts]
        ['When was the pier built?', 'Who paid for the pier?']
        >>> [part.question for part in plan_question("Who resigned and why was it a surprise?")]
        ['Who resigned and why was it a surprise?']
        >>> plan_question("How many articles mention the pier?")[0].subject
        'the pier'
        >>> plan_question("Has the ministry commented on the fire yet?")[0].question
        'How did the ministry respond to the fire?'
        >>> plan_question("Do the articles say when the pier was built?")[0].question
        'When the pier was built?'
        >>> [part] = plan_question("How long is the pier? Do the reports agree?")
        >>> part.question, part.wanted.value
        ('How long is the pier?', 'each')
    """
    question = _reword(question)
    sought = "" if whole else _find_each_source(question)
    if sought:
        return tuple(replace(p, wanted=Wanted.EACH) for p in plan_question(sought))
    sides = None if whole else divide_sides(question)
    if sides is not None:
        return tuple(_describe(side) for side in sides)
    pieces = [] if whole else _split(question)
    if not 1 < len(pieces) <= MAX_PARTS or _share_an_end(pieces):
        return (_describe(question),)
    parts: list[str] = []
    for piece in pieces:
        completed = _complete(piece, parts[0]) if parts else piece
        if not completed or _LEANS.search(piece) or _LEANS.search(completed):
            return (_describe(question),)
        parts.append(completed)
    if any(map(_is_thin, parts)):
        return (_describe(question),)
    return tuple(_describe(part[0].upper() + part[1:]) for part in parts)


def _reword(question: str) -> str:
    """Return a question without the words that only lead to it; others as they are."""
    framed, reacted = _FRAMED.match(question), _REACTED.match(question)
    if framed is not None:
        asked = framed["claim"] or framed["sought"]
        return asked[0].upper() + asked[1:]
    if reacted is not None:
        matter = f" to {reacted['on']}" if reacted["on"] else ""
        return f"How did {reacted['who'].strip()} respond{matter}?"
    return question


def _find_each_source(question: str) -> str:
    """Return what is to be asked of every source; empty unless a question compares them."""
    found = next((match for form in _EACH_SOURCE if (match := form.search(question))), None)
    if found is None:
        return ""
    sought = found["sought"].strip(" ,;:?.!–—-")
    if _is_thin(sought):
        return ""
    sought = _NUMBER_OF.sub("How many ", sought)
    return f"{sought}?" if _BEGINS_AS_QUESTION.search(sought) else f"What is {sought}?"


def _complete(piece: str, first: str) -> str:
    """Return a later piece of a question as it would be asked alone; empty if that is unclear."""
    asked, piece = piece, ask_for_version(piece)
    understood = understand_question(piece, [Turn("user", first)])
    if understood.clarification:
        return ""
    is_thin = piece != asked or _is_thin(piece) or find_references(piece)
    if understood.changed or (not is_thin and names_something(piece)):
        return understood.text
    names = [phrase.text for phrase in find_noun_phrases(first) if phrase.is_name]
    if not is_thin:
        return f"{piece} ({', '.join(names[:MAX_NAMES])})" if names else piece
    known = {word.casefold() for word in WORD.findall(piece)}
    carried = [word for word in content_words(first) if not is_verb(word) and word not in known]
    return f"{piece} ({', '.join(carried)})" if carried else ""


def _share_an_end(pieces: Sequence[str]) -> bool:
    """Whether pieces have their subject at the end of the last: "how many left and how many …?"."""
    counts = all(_ASKS_NUMBER.match(piece) for piece in pieces)
    return counts and not names_something(pieces[0]) and bool(_ENDS_AT_NAME.search(pieces[-1]))


def _is_thin(piece: str) -> bool:
    """Whether a piece has too little of its own; "what did the union say?" has enough."""
    n_words = len(content_words(piece))
    return n_words < MIN_PART_WORDS and not (n_words and _ASKS_SPEAKER.search(piece))


def read_counted(words: str) -> str:
    """Return what a question wants the articles counted by, or words as they are.

    Examples:
        >>> read_counted("How many articles mention the Tollen Bridge?")
        'the Tollen Bridge'
        >>> read_counted("Tollen Bridge")
        'Tollen Bridge'
    """
    return _find_counted(words) or words


def _find_counted(question: str) -> str:
    count = next((found for form in _COUNTS if (found := form.search(question))), None)
    subject = count["subject"].strip(" ?.!\"“”'‘’") if count else ""
    return subject if content_words(subject) else ""


def _describe(question: str) -> Part:
    subject = _find_counted(question)
    if subject:
        return Part(question, Wanted.COUNT, subject)
    if quoted := _match_first(_QUOTED, question):
        return _describe_people(question, quoted, _read_about(quoted["about"]))
    taken = _match_first(_STANCES, question)
    if taken and _KIND_AT_END.search(taken["group"] or "people"):
        stance, about = _read_stance(taken["verb"].casefold(), taken["about"])
        if stance:
            return replace(_describe_people(question, taken, about), stance=stance)
    if timeline := _match_first(_TIMELINES, question):
        return Part(question, Wanted.TIMELINE, _read_about(timeline["about"]))
    if said := _match_first(_SAID, question):
        return Part(question, Wanted.SAID, _read_about(said["about"]), by=said["by"].strip())
    is_list = any(form.search(question) for form in _SEVERAL)
    wants_several = is_list or _asks_for_participants(question)
    return Part(question, Wanted.SEVERAL if wants_several else Wanted.ONE)


def _match_first(forms: Sequence[re.Pattern[str]], question: str) -> re.Match[str] | None:
    return next((found for form in forms if (found := form.search(question))), None)


def _read_about(words: str | None) -> str:
    """Return what a list is to be about; empty for "it", which a question alone leaves open."""
    return "" if words is None or _ABOUT_NOTHING.fullmatch(words) else words.strip(" ,?.!")


def _describe_people(question: str, asked: re.Match[str], about: str) -> Part:
    group = asked["group"] or ""
    of = find_nations(group, ignore_case=True)
    kind = next((k for k, form in _KINDS.items() if form.search(group)), "")
    return Part(question, Wanted.QUOTED, about, of[0].nation if of else "", kind)


def _read_stance(verb: str, rest: str) -> tuple[str, str]:
    """Return what a verb of saying makes of words, and what they are about; "" if it is none.

    A verb that need not mean speech ("attacked", "rejected") does not say so here.
    """
    known = listed_verbs().get(verb)
    particle, _, beyond = rest.strip().partition(" ")
    phrasal = known and phrasal_stances().get((known.lemma, particle.casefold()))
    if phrasal:
        return phrasal.value, _read_about(beyond)
    if known is None or known.lemma in weak_verbs() or known.stance.value not in _SIDES_TAKEN:
        return "", ""
    return known.stance.value, _read_about(rest)


def _asks_for_participants(question: str) -> bool:
    """Whether everybody is asked for who did one of a few things: "who resigned?"."""
    event = find_asked_event(question)
    return event is not None and event.excluded is not None and bool(_WHO.search(question))


def _split(question: str) -> list[str]:
    """Return the pieces of a question, each ending in a question mark; itself if it is one."""
    paired = _PAIRED.match(question)
    if paired:
        rest = paired["rest"].rstrip(" ?.!")
        return [f"{paired['first']} {rest}?", f"{paired['second']} {rest}?"]
    pieces: list[str] = []
    start = 0
    for match in _BOUNDARY.finditer(question):
        before = question[start : match.start()]
        if not _OPENING.search(before) or _is_relative(before, match["next"]):
            continue
        pieces.append(before)
        start = match.start("next")
    pieces.append(question[start:])
    return [f"{piece.strip().rstrip(',;?.! ')}?" for piece in pieces if piece.strip(" ,;?.!")]


def _is_relative(before: str, opening: str) -> bool:
    """Return whether a clause goes on a relative one: "the man who left and who returned"."""
    relative = _RELATIVE.search(before)
    return relative is not None and opening.casefold().startswith(relative[1].casefold())


def divide_sides(question: str) -> tuple[str, str] | None:
    """Return the questions for both sides of a comparison; None if two sides are not named.

    Examples:
        >>> divide_sides("How does the Bergen award against the yard compare with the Porto one?")
        ('What is the Bergen award against the yard?', 'What is the Porto award against the yard?')
        >>> divide_sides("How does Lund's account of the fire differ from what the crew says?")
        ('What does Lund say about the fire?', 'What the crew says (fire)?')
        >>> divide_sides("How do the two plans differ?")
    """
    stated = next((match for form in _STATED if (match := form.search(question))), None)
    if stated is not None:
        aux, about = "did" if stated["past"] else "does", stated["topic"]
        asked = f"say about {about}" if about else "say"
        return f"What {aux} {stated['first']} {asked}?", f"What {aux} {stated['second']} {asked}?"
    found = next((match for form in _COMPARES if (match := form.search(question))), None)
    if found is None or _NO_SIDE.match(found["second"]):
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
