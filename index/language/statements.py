"""The statements of an English text: who says it, with which words, and exactly what is said. Pure.

Each verb of saying is read with its clause: ``subjects`` finds who speaks, and what is said is the
quotation, the rest of the sentence, or what came before. What stands inside of a quotation is
nobody's statement here. Sentences that are all quotation go on with the speaker of the one before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from index.language.calendar_words import MONTH_NAMES, WEEKDAY_NAMES
from index.language.clause_words import (
    BLANK,
    CLOSE,
    DASHES,
    OPEN,
    STOPS,
    WORDS,
    Form,
    Place,
    Token,
    Tokens,
    blank_quotations,
    is_modal,
    listed_verbs,
    phrasal_stances,
    split_sentences,
)
from index.language.cues import ACCORDING, Cue, find_auxiliary, find_cues
from index.language.stance import Stance
from index.language.subjects import (
    Span,
    find_agent,
    find_inverted_subject,
    find_main_subject,
    find_phrase_start,
    find_subject,
    is_adverbial,
    is_finite,
    read_phrase,
)


class StatementKind(StrEnum):
    """Whose wording a statement has."""

    DIRECT = "direct"
    """All of it stands in quotation marks."""
    MIXED = "mixed"
    """Some of it does."""
    INDIRECT = "indirect"
    """None of it does."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What somebody is reported to say.

    Attributes:
        speaker: Where the speaker is named, apposition included; it may be a pronoun.
        head: The same without the apposition.
        cue: The words of saying: a verb, "according to" or the dash before a name.
        contents: The words said, in order; never empty.
        kind: Whose wording they are.
        stance: What the words of saying make of them.
        is_negated: Whether the words of saying are negated: "did not confirm".
    """

    speaker: Place
    head: Place
    cue: Place
    contents: tuple[Place, ...]
    kind: StatementKind
    stance: Stance
    is_negated: bool = False


_PASSIVE = frozenset({Stance.DENIES, Stance.CONFIRMS, Stance.ACCUSES})
"""What is told of a matter in "was denied by", rather than of whom it was told."""
_LEAST_WORDS_ALONE = 3
"""A quotation of fewer words that no verb introduces is a term, not somebody's statement."""
_MOST_BESIDE = 2
_MAX_ADJUNCT_TOKENS = 14
_MAX_INTERRUPTION = 5
_TITLE_CHARS = 40
_NEGATION_TOKENS = 4
_TRIMMED_BEFORE = frozenset({",", ":", ";", ".", "…", "...", ")", "and", "but"}) | DASHES
_TRIMMED_BEHIND = frozenset({",", ":", ";", ".", "!", "?", "(", "and", "but"}) | DASHES
_ASKS_FOR = re.compile(r"\s*(?:for|that)\b|[^.?]{0,80}?\b(?:to\s[a-z]+|for)\b")
_ASKS_WHETHER = re.compile(r"[^.]{0,80}?\b(?:whether|if|what|why|how|who|when|where|which|about)\b")
_NAMED_AFTER_DASH = re.compile(
    rf"\s*(“{BLANK}+[^“”]?”)\s*[,.]?\s*[–—―-]+\s*([A-Z][^“”\n]{{2,120}}?)\s*\.?$"
)
_ALL_QUOTED = re.compile(r"“[^”]*”?(?:\s*[,.;—–-]?\s*“[^”]*”?)*")
_APPOSITION = re.compile(r",\s|\s[—–(]")
_DATELINE = re.compile(
    r"\s*(?:[A-Z][A-Z.’' -]{2,40}(?:,\s[^—–:()“”]{1,40}?)?(?:\s\([^()]{1,30}\))?\s?(?:—|–|--|-|:)\s"
    r"|(?:[*•-]\s)?(?:[A-Z][\w’'-]*\s){0,1}(?:(?:and\s|of\s)?[A-Z][\w’'-]*\s?){1,3}:\s(?=[A-Z]))"
)
"""The place before an article's first words, and the heading of an item: "Britain: The king …"."""
_CONTRACTED = ("ed", "’re", "’s", "'s", "'re")


def find_statements(text: str) -> tuple[Statement, ...]:
    """Return the statements of an English text, in order of their words of saying.

    Examples:
        >>> text = "Reck, the mayor, denied that the bridge was closed."
        >>> [one] = find_statements(text)
        >>> text[slice(*one.head)], one.stance.value, text[slice(*one.contents[0])]
        ('Reck', 'denies', 'that the bridge was closed')
    """
    reader = _Reader(text)
    return tuple(
        statement
        for line in re.finditer(r"[^\n]+", text)
        for statement in reader.read(*line.span())
    )


def is_pulled(line: str) -> bool:
    """Return whether a line is a quotation with the name of its speaker behind a dash.

    Examples:
        >>> is_pulled("“A grave threat” – Ada Holm"), is_pulled("A grave threat – and then?")
        (True, False)
    """
    return _NAMED_AFTER_DASH.match(blank_quotations(line)) is not None


@dataclass(slots=True)
class _Progress:
    """How far a sentence has been read.

    Attributes:
        floor: First token that no statement has used.
        subject: Who spoke last in it.
    """

    floor: int = 0
    subject: Place | None = None


class _Reader:
    """Reads one text paragraph by paragraph, and knows who spoke last."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._masked = blank_quotations(text)
        self._speaking: Statement | None = None  # whose quotation the last paragraph ended with
        self._is_announced = False  # whether it ended in "she said:"

    def read(self, start: int, end: int) -> list[Statement]:
        """Return the statements of a paragraph."""
        masked = self._masked[start:end].rstrip()
        dashed = _NAMED_AFTER_DASH.match(masked)
        if dashed:
            self._speaking, self._is_announced = None, False
            return [self._read_dashed(dashed, start)]
        opens_quoted = masked.lstrip()[:1] == OPEN
        former = self._speaking if self._is_announced or opens_quoted else None
        self._speaking, self._is_announced = None, False
        found: list[Statement] = []
        here: Statement | None = None
        dateline = _DATELINE.match(self._masked, start, end)
        sentences = list(split_sentences(self._masked, dateline.end() if dateline else start, end))
        for tokens in sentences:
            statements = self._read_sentence(tokens) or self._read_silence(tokens)
            if statements:
                quoted = [s for s in statements if s.kind is not StatementKind.INDIRECT]
                found += statements
                here, former = quoted[-1] if quoted else None, None
                continue
            more = self._read_continuation(tokens)
            speaking = here or former
            if more is None or speaking is None:
                former = former if tokens[0].is_quote else None
            elif here is not None and found[-1] is here:
                here = found[-1] = replace(here, contents=(*here.contents, more))
            else:
                here = replace(speaking, contents=(more,), kind=StatementKind.DIRECT)
                found.append(here)
        if masked.endswith(":") and (opener := self._read_opener(sentences[-1])):
            self._speaking, self._is_announced = opener, True
        elif masked.rstrip(".!?").endswith((CLOSE, BLANK)):
            self._speaking = here
        return found

    def _read_dashed(self, match: re.Match[str], start: int) -> Statement:
        """Read "“A grave threat” – Kim Hong Kyun"."""
        quote = start + match.start(1), start + match.end(1)
        name = start + match.start(2), start + match.end(2)
        cue = quote[1], name[0]
        return Statement(name, name, cue, (quote,), StatementKind.DIRECT, Stance.ASSERTS)

    def _read_opener(self, tokens: Tokens) -> Statement | None:
        """Return who speaks in the paragraph after "She said:"."""
        for number in range(len(tokens) - 1, -1, -1):
            verb = listed_verbs().get(tokens[number].low)
            subject = find_subject(tokens, 0, number) if verb else None
            if verb is not None and subject is not None and verb.form is not Form.PAST_PARTICIPLE:
                place = _place(tokens, *subject)
                cue = _place(tokens, number, number + 1)
                head = self._read_head(place)
                return Statement(place, head, cue, (cue,), StatementKind.DIRECT, verb.stance)
        return None

    def _read_continuation(self, tokens: Tokens) -> Place | None:
        """Return the words of a sentence that is all quotation."""
        beside = [t for t in tokens if not t.is_quote and t.text not in STOPS]
        if not tokens[0].is_quote or len(beside) > _MOST_BESIDE:
            return None
        place = _place(tokens, 0, len(tokens))
        return place if len(self._text[slice(*place)].split()) >= _LEAST_WORDS_ALONE else None

    # --- one sentence ----------------------------------------------------------------------

    def _read_sentence(self, tokens: Tokens) -> list[Statement]:
        cues = list(find_cues(tokens))
        progress = _Progress()
        found = []
        for order, cue in enumerate(cues):
            if cue.verb is ACCORDING:
                statement = self._read_according(tokens, cue, progress)
            elif _has_agent(tokens, cue):
                statement = self._read_agent(tokens, cue)
            else:
                statement = self._read_clause(tokens, cue, cues[order + 1 :], progress)
            if statement is not None:
                found.append(statement)
        return found

    def _read_silence(self, tokens: Tokens) -> list[Statement]:
        """Read "there was no response from the ministry"."""
        for number in range(1, len(tokens) - 2):
            if tokens[number].low not in WORDS["answer_nouns"]:
                continue
            negations = [n for n in range(max(0, number - 3), number) if tokens[n].low == "no"]
            giver = negations[-1] - 1 if negations else 0
            is_spelled_out = tokens[number + 1].low in WORDS["opens_topic"] | {"."}
            if giver > 0 and tokens[giver].low in WORDS["giving"] and is_spelled_out:
                subject = find_subject(tokens, 0, giver)
                said = self._trim(tokens, negations[-1], len(tokens)) if subject else None
                if subject is not None and said is not None:
                    return [self._build_silence(_place(tokens, *subject), tokens[number], said)]
            ahead = range(number + 1, min(number + _MAX_INTERRUPTION, len(tokens) - 1))
            source = next((n for n in ahead if tokens[n].low in {"from", "by"}), None)
            if source is not None and tokens[source + 1].low in WORDS["times"]:
                continue
            phrase = read_phrase(tokens, source + 1) if source and negations else None
            if source is None or phrase is None:
                continue
            topics = (n for n in range(*phrase) if tokens[n].low in WORDS["opens_topic"])
            phrase = phrase[0], next(topics, phrase[1])
            speaker, said = _place(tokens, *phrase), _place(tokens, negations[-1], source)
            return [self._build_silence(speaker, tokens[number], said)]
        return []

    def _build_silence(self, speaker: Place, noun: Token, said: Place) -> Statement:
        head, cue = self._read_head(speaker), (noun.start, noun.end)
        return Statement(speaker, head, cue, (said,), StatementKind.INDIRECT, Stance.DECLINES)

    def _read_clause(
        self, tokens: Tokens, cue: Cue, later: Sequence[Cue], progress: _Progress
    ) -> Statement | None:
        """Read the clause of a verb of saying, and note how far the sentence has been read."""
        inverted = _find_inverted(tokens, cue, progress.floor)
        subject = inverted or _find_own_subject(tokens, cue)
        if subject is not None and inverted is None and _is_supposed(tokens, cue, subject):
            return None
        if subject is not None:
            place = _place(tokens, *subject)
        elif former := _find_inherited(tokens, cue, progress):
            place = former
        else:
            return None
        stop = _find_content_end(tokens, cue, later)
        if inverted is not None:
            contents = self._read_inverted(tokens, cue, inverted, progress)
        else:
            contents = self._read_contents(tokens, cue, subject, stop, progress)
        progress.subject = place
        if not contents:
            progress.floor = max(progress.floor, cue.end)
            return None
        return self._build(tokens, place, cue, contents)

    def _read_inverted(
        self, tokens: Tokens, cue: Cue, subject: Span, progress: _Progress
    ) -> list[Place]:
        """Return the words of "“…,” said the mayor, “…”"."""
        before = self._trim(tokens, progress.floor, cue.number)
        tail = self._find_tail(tokens, subject[1], len(tokens))
        progress.floor = len(tokens) if tail else subject[1]
        return [place for place in (before, tail) if place]

    def _read_contents(
        self, tokens: Tokens, cue: Cue, subject: Span | None, stop: int, progress: _Progress
    ) -> list[Place]:
        """Return the words said before the speaker, or behind the verb."""
        if subject is not None and subject[0] > 1 and tokens[subject[0] - 1].low == "as":
            whole = self._trim(tokens, 0, subject[0] - 1)  # "…, as the treasurer says"
            if whole and _has_verb(tokens, 0, subject[0] - 1):
                return [whole]
        first = _find_content_start(tokens, cue, stop)
        behind = self._trim(tokens, first, stop)
        before = self._trim(tokens, progress.floor, subject[0]) if subject else None
        rest = self._find_rest(tokens, subject[0], cue.end, stop) if before and subject else None
        if (
            before
            and subject
            and (
                _precedes(tokens, progress.floor, subject[0], cue.end, stop)
                or (rest and self._goes_on(tokens, subject[0], rest))
            )
        ):
            tail = self._find_tail(tokens, cue.end, stop) or rest
            progress.floor = stop
            return [place for place in (before, tail) if place]
        return [behind] if behind and not _is_adjunct(tokens, first, stop) else []

    def _read_according(self, tokens: Tokens, cue: Cue, progress: _Progress) -> Statement | None:
        subject = read_phrase(tokens, cue.end)
        if subject is None:
            return None
        content = self._trim(tokens, 0, cue.number)
        if content is None or not _has_verb(tokens, 0, cue.number):
            content = self._trim(tokens, subject[1], len(tokens)) or content
        if content is None:
            return None
        progress.floor, progress.subject = subject[1], None
        return self._build(tokens, _place(tokens, *subject), cue, [content])

    def _read_agent(self, tokens: Tokens, cue: Cue) -> Statement | None:
        """Read "…, as stated by Cheong" and "was described by Cheong as …"."""
        subject = read_phrase(tokens, cue.end + 1)
        if subject is None:
            return None
        content = None
        behind = tokens[subject[1]].low if subject[1] < len(tokens) else ""
        if cue.number and tokens[cue.number - 1].low == "as":
            content = self._trim(tokens, 0, cue.number - 1)
        elif find_auxiliary(tokens, cue.number) in WORDS["be"]:
            if behind == "as":
                content = self._trim(tokens, subject[1], len(tokens))
            elif cue.verb.stance in _PASSIVE and (about := find_subject(tokens, 0, cue.number)):
                content = _place(tokens, *about)
        by = replace(cue, end=cue.end + 1)
        return self._build(tokens, _place(tokens, *subject), by, [content]) if content else None

    # --- contents --------------------------------------------------------------------------

    def _find_tail(self, tokens: Tokens, first: int, last: int) -> Place | None:
        """Return a quotation that goes on after "…, he said, “…”"."""
        for number in range(max(1, first), last):
            if tokens[number].is_quote and tokens[number - 1].text in {",", ":", "—", "–", "."}:
                return self._trim(tokens, number, last)
        return None

    def _find_rest(self, tokens: Tokens, subject: int, first: int, stop: int) -> Place | None:
        """Return the rest of "The bridge, she told reporters, is safe"."""
        ahead = range(first, min(first + _MAX_INTERRUPTION, stop - 1))
        comma = next((n for n in ahead if tokens[n].text == ","), None)
        if comma is None or tokens[subject - 1].is_quote:
            return None
        if any(is_finite(token) or token.low == "that" for token in tokens[first:comma]):
            return None
        opening = tokens[comma + 1].low
        is_addition = opening.endswith("ing") or opening in {"and", "but", "who", "which"}
        return None if is_addition else self._trim(tokens, comma + 1, stop)

    def _goes_on(self, tokens: Tokens, subject: int, rest: Place) -> bool:
        """Return whether a clause was interrupted by its speaker: its verb comes after."""
        verb = next(token for token in tokens if token.start >= rest[0])
        resumes = verb.low in WORDS["resuming"] and subject > 1 and tokens[subject - 2].is_quote
        return subject > 0 and tokens[subject - 1].text == "," and (is_modal(verb) or resumes)

    def _trim(self, tokens: Tokens, first: int, last: int) -> Place | None:
        """Return the stretch of some tokens without marks around it; None if nothing is left."""
        while first < last and tokens[first].text in _TRIMMED_BEFORE:
            first += 1
        while first < last and tokens[last - 1].text in _TRIMMED_BEHIND:
            last -= 1
        if first >= last:
            return None
        place = _place(tokens, first, last)
        return place if any(char.isalnum() for char in self._text[slice(*place)]) else None

    def _read_head(self, place: Place) -> Place:
        """Return a subject without its apposition."""
        comma = _APPOSITION.search(self._text[slice(*place)])
        return (place[0], place[0] + comma.start()) if comma and comma.start() else place

    def _build(
        self, tokens: Tokens, speaker: Place, cue: Cue, contents: Sequence[Place]
    ) -> Statement:
        before = tokens[max(0, cue.number - _NEGATION_TOKENS) : cue.number]
        is_behind = speaker[0] > tokens[cue.number].start  # "has not been confirmed by Reck"
        first = contents[0][0] if is_behind else speaker[0]
        is_negated = any(
            token.low in WORDS["negations"] and token.start >= first for token in before
        ) or bool(before and before[-1].low in {"from", "without"})
        if is_behind and cue.verb.stance in _PASSIVE:
            is_negated |= self._text[slice(*contents[0])].split()[0].casefold() in WORDS["none"]
        is_negated ^= cue.verb.lemma in WORDS["doubts"]
        following = tokens[cue.end].low if cue.end < len(tokens) else ""
        stance = phrasal_stances().get((cue.verb.lemma, following), cue.verb.stance)
        if cue.verb.lemma == "ask" and stance is Stance.ASKS:
            stance = _stance_of_asking(self._masked[slice(*contents[0])])
        if is_negated and cue.verb.lemma in WORDS["answers"]:
            stance, is_negated = Stance.DECLINES, False
        return Statement(
            speaker=speaker,
            head=self._read_head(speaker),
            cue=_place(tokens, cue.number, cue.end),
            contents=tuple(contents),
            kind=_kind_of(self._masked, contents),
            stance=stance,
            is_negated=is_negated,
        )


def _place(tokens: Tokens, first: int, last: int) -> Place:
    return tokens[first].start, tokens[last - 1].end


def _has_agent(tokens: Tokens, cue: Cue) -> bool:
    """Return whether "by" and the speaker follow a participle."""
    is_past = cue.verb.form is Form.FINITE and tokens[cue.number].low.endswith(("d", "n"))
    return is_past and cue.end < len(tokens) and tokens[cue.end].low == "by"


def _find_inverted(tokens: Tokens, cue: Cue, floor: int) -> Span | None:
    """Return the subject behind a verb, if the words said stand right before it."""
    if cue.number <= floor or cue.verb.form is not Form.FINITE:
        return None
    lead = tokens[cue.number - 1]
    if cue.verb.lemma not in WORDS["inverting"] or not (lead.is_quote or lead.text == ","):
        return None
    if lead.text == "," and find_subject(tokens, 0, cue.number) is not None:
        return None  # "Holm, a welder, said the bridge …"
    return find_inverted_subject(tokens, cue.end)


def _find_own_subject(tokens: Tokens, cue: Cue) -> Span | None:
    """Return the subject before a verb that has one of its own."""
    leans = cue.verb.form is Form.PARTICIPLE and not find_auxiliary(tokens, cue.number)
    if leans or (cue.number and tokens[cue.number - 1].low == "to"):
        return None
    return find_subject(tokens, 0, cue.number)


def _is_between(tokens: Tokens, cue: Cue) -> bool:
    """Return whether a participle stands between a subject and its verb: "Reck, while denying"."""
    lead = cue.number - 1
    return lead > 1 and tokens[lead].low in WORDS["between"] and tokens[lead - 1].text == ","


def _is_supposed(tokens: Tokens, cue: Cue, subject: Span) -> bool:
    """Return whether a clause says what may be: "if Reck denies it", "before he asks"."""
    lead = tokens[subject[0] - 1].low if subject[0] else ""
    is_past = tokens[cue.number].low.endswith("ed") or tokens[cue.number].low in WORDS["finite"]
    return lead in WORDS["supposing"] or (lead in WORDS["awaiting"] and not is_past)


def _find_inherited(tokens: Tokens, cue: Cue, progress: _Progress) -> Place | None:
    """Return whose subject a verb shares: "…, adding that", "… and said", "went on to say"."""
    lead = tokens[cue.number - 1].low if cue.number else ""
    is_participle = cue.verb.form is Form.PARTICIPLE and not find_auxiliary(tokens, cue.number)
    if is_participle and _is_between(tokens, cue):
        found = find_subject(tokens, 0, cue.number - 2)
        return _place(tokens, *found) if found else None
    if lead == "to" or is_participle:
        found = find_agent(tokens, cue.number) or find_main_subject(tokens, cue.number)
        return _place(tokens, *found) if found else None
    joins = lead in {"and", "but", "or", ","} | WORDS["adverbs"] | WORDS["auxiliaries"]
    if progress.subject is None and lead in {"and", "but"}:
        found = find_main_subject(tokens, cue.number - 1)
        return _place(tokens, *found) if found else None
    return progress.subject if joins or cue.verb.form is Form.PARTICIPLE else None


def _precedes(tokens: Tokens, floor: int, subject: int, behind: int, stop: int) -> bool:
    """Return whether the words said stand before their speaker."""
    lead = tokens[subject - 1]
    after = tokens[behind] if behind < len(tokens) else None
    closes = after is None or behind >= stop or after.text in {".", ",", ";", "!", "?", ")"}
    if lead.is_quote:
        is_title = tokens[floor].low in WORDS["prepositions"] and len(lead.text) <= _TITLE_CHARS
        if is_title and not closes:
            return False  # "In a talk on “Good Morning,” Holm said that …"
        goes_on = after is not None and (after.low == "that" or after.is_quote)
        if goes_on and not lead.ends_in(",?!"):
            return False
        return closes or lead.ends_in(",?!…—.")
    is_fronted = closes and tokens[floor].low in WORDS["fronted"]
    is_marked = lead.text == "," or lead.text in DASHES or is_fronted
    if not is_marked or not _has_verb(tokens, floor, subject):
        return False
    following = tokens[behind:stop]
    if closes:
        return True
    is_clause = any(token.is_quote or token.low == "that" for token in following)
    opens = following[0].low in WORDS["prepositions"] | WORDS["times"]
    return opens and not is_clause and len(following) <= _MAX_ADJUNCT_TOKENS


def _has_verb(tokens: Tokens, first: int, last: int) -> bool:
    """Return whether a stretch may be a clause."""
    return any(
        token.is_quote
        or token.low in WORDS["finite"] | WORDS["auxiliaries"]
        or token.low in listed_verbs()
        or (token.is_small and token.low.endswith(_CONTRACTED))
        for token in tokens[first:last]
    )


def _is_adjunct(tokens: Tokens, first: int, stop: int) -> bool:
    """Return whether what follows a verb begins with a time: "promised in March"."""
    if first + 1 >= stop or any(token.is_quote for token in tokens[first:stop]):
        return False
    named = tokens[first + 1].text
    is_time = named in WEEKDAY_NAMES or named in MONTH_NAMES or named.isdigit()
    return is_time and tokens[first].low in {"in", "on", "for", "by", "before", "after", "since"}


def _find_content_start(tokens: Tokens, cue: Cue, stop: int) -> int:
    """Return the first token of the words behind a verb: past addressee, time and "that"."""
    first = cue.end
    is_addressed = cue.verb.lemma in WORDS["addressed"]
    for number in range(first, min(stop, first + _MAX_ADJUNCT_TOKENS)):
        token = tokens[number]
        is_skippable = not any(is_finite(skipped) for skipped in tokens[first:number])
        may_follow = number == first or is_addressed or _opens_adjunct(tokens[first])
        if token.low == "that" and number + 1 < stop and is_skippable and may_follow:
            return number
        if token.text in {".", ";"} or (token.low == "to" and number > first and is_addressed):
            break
        is_introduced = number > first and tokens[number - 1].text in {",", ":"}
        if token.is_quote and is_introduced and is_skippable:
            return number
    if first >= stop:
        return first
    if cue.verb.lemma in {"tell", "brief"}:
        return _skip_addressee(tokens, first, stop)
    if tokens[first].low == "on" and first + 1 < stop and tokens[first + 1].text in WEEKDAY_NAMES:
        return first + 2
    is_time = tokens[first].low in WORDS["times"] - {"last", "this", "earlier", "later"}
    return first + is_time


def _opens_adjunct(token: Token) -> bool:
    """Tell "said in a letter that" from "called any help that"."""
    words = WORDS["prepositions"] | WORDS["times"] | WORDS["adverbs"]
    return token.low in words or token.text == "," or token.low.endswith("ly")


def _skip_addressee(tokens: Tokens, first: int, stop: int) -> int:
    """Return where the words begin after "told reporters", "told the BBC" or "told Ada Holm"."""
    place = first
    if tokens[place].low in WORDS["audiences"]:
        place += 1
    else:
        is_common = tokens[place].low in WORDS["determiners"]
        place += is_common
        while place < stop and tokens[place].text[0].isupper() and not _is_pronoun(tokens[place]):
            place += 1
        place += is_common and place == first + 1 and place < stop
    place += place < stop and tokens[place].text in WEEKDAY_NAMES
    return place if place < stop else first


def _is_pronoun(token: Token) -> bool:
    return token.low in WORDS["pronouns"]


def _find_content_end(tokens: Tokens, cue: Cue, later: Sequence[Cue]) -> int:
    """Return where the words behind a verb end: at the end, or before another's statement."""
    limit = _find_phrase_end(tokens, cue)
    if cue.verb.form is Form.PARTICIPLE and _is_between(tokens, cue):
        for number in range(cue.end, limit):
            if tokens[number].text == "," or (
                tokens[number].is_quote and tokens[number].ends_in(",")
            ):
                return number + tokens[number].is_quote
    for following in later:
        end = _find_break(tokens, cue.end, following)
        if end is not None:
            return min(end, limit)
    return next((n for n in range(cue.end, limit) if tokens[n].text == ";"), limit)


def _find_phrase_end(tokens: Tokens, cue: Cue) -> int:
    """Return where words without a verb of their own end: "called it rash and offered her help"."""
    n_commas = 0
    for number in range(cue.end, len(tokens) - 2):
        token = tokens[number]
        if token.low in {"and", "but"} and number > cue.end:
            verb = number + 1
            while (
                verb < len(tokens) - 2 and is_adverbial(tokens, verb) and not is_modal(tokens[verb])
            ):
                verb += 1
            object_ = tokens[verb + 1]
            has_object = (
                object_.low in WORDS["determiners"] | WORDS["possessives"] | WORDS["pronouns"]
                or object_.text[0].isupper()
                or object_.low in {"that", "to", "not", "been"}
            )
            if is_finite(tokens[verb]) and has_object:
                return number
        if token.text == "," or (token.is_quote and token.ends_in(",")):
            opens_clause = tokens[number + 1].low in {"and", "but"} and not n_commas
            if opens_clause and any(map(is_modal, tokens[number + 2 :])):
                return number + token.is_quote
            n_commas += 1
        if token.low == "that" or token.text == ":" or is_finite(token):
            return len(tokens)
    return len(tokens)


def _find_break(  # noqa: PLR0911 - one per kind of break
    tokens: Tokens, behind: int, cue: Cue
) -> int | None:
    """Return where a later verb's own clause begins; None if it is part of what is said."""
    lead = tokens[cue.number - 1]
    if cue.verb is ACCORDING:
        return cue.number - 1 if lead.text in {",", "—", "–"} else None
    if cue.verb.form is Form.PARTICIPLE and lead.text == ",":
        return cue.number - 1
    back = cue.number - 1
    while back > behind and is_adverbial(tokens, back):
        back -= 1
    if tokens[back].low in {"and", "but"}:
        if tokens[back - 1].text == ",":
            return back - 1
        is_shared = cue.verb.form is Form.FINITE and cue.verb.stance is not Stance.BELIEVES
        if is_shared and back > behind:
            return back
    start = find_phrase_start(tokens, behind, back + 1)
    if start <= behind + 1:
        return None
    closes = cue.number + 1 >= len(tokens) or tokens[cue.number + 1].text in {".", ","}
    if closes and start <= back and tokens[start - 1].text == ",":
        return start - 1  # "…, he said."
    if tokens[start - 1].low in {"and", "but", "while"} and tokens[start - 2].text == ",":
        return start - 2
    return start - 1 if tokens[start - 1].text == ";" else None


def _stance_of_asking(text: str) -> Stance:
    """Tell "asked NATO for help" from "asked whether it would help"."""
    if _ASKS_WHETHER.match(text) or not _ASKS_FOR.match(text):
        return Stance.ASKS
    return Stance.DEMANDS


def _kind_of(masked: str, contents: Sequence[Place]) -> StatementKind:
    stretches = [masked[slice(*place)].strip(" ,.;:") for place in contents]
    if all(map(_ALL_QUOTED.fullmatch, stretches)):
        return StatementKind.DIRECT
    is_quoted = any(OPEN in stretch for stretch in stretches)
    return StatementKind.MIXED if is_quoted else StatementKind.INDIRECT
