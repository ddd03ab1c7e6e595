"""Words by what they do in a question: names, verbs, nouns that are always of something; pure."""

from __future__ import annotations

import re

from index.language.words import STOP_WORDS

WORD = re.compile(r"[^\W_]+(?:(?:[-'’.]|(?<=\d),(?=\d))[^\W_]+)*", re.UNICODE)
LEAD = re.compile(
    r"^\s*(?:(?:and|but|so|ok|okay|also|then|oh|well|great|interesting|thanks|thank you)\b"
    r"[\s,.!]*)+",
    re.IGNORECASE,
)
NAME = re.compile(
    r"(?<!\w)[A-ZÀ-ÖØ-Þ][\w’'.-]*(?:\s+(?:of\s+|the\s+)?[A-ZÀ-ÖØ-Þ][\w’'.-]*)*(?<![.'’])"
)
ASKS = (
    r"(?:who|whom|whose|what|which|when|where|why|how|did|do|does|is|are|was|were|will|would"
    r"|has|have|had|can|could|should|tell|say|said)\b"
)

_VERBS = frozenset(
    """
    happen happened happening mean means meant make makes made making take takes took taken taking
    get gets got getting go goes went gone going come comes came give gives gave given work works
    worked working use uses used using know knows knew known think thinks thought believe believed
    cost costs pay pays paid start started begin began begun end ended stop stopped become became
    cause caused causes look looks looked find finds found see seen saw help helps need needs needed
    want wants wanted keep keeps kept let say said tell told ask asked answer answered reply replied
    call called calling name named describe explain deny denied confirm confirmed order ordered
    decide decided vote voted agree agreed resign resigned win won lose lost die died kill killed
    live lived leave left build built open opened close closed change changed play played sell sold
    buy bought write wrote written move moved show showed include includes included involve involved
    compare compared differ affect affects affected matter occur occurred exist exists grow eat
    treat treated prevent spread recommend suggest provide provides offer offers support supports
    do done doing did have having had be been being is are was were apologise apologize
    add added allow allowed appear appeared arrive arrived bring brought carry carried catch caught
    choose chose chosen compete consider considered contain create created creating cure cured deal
    dealt detect develop developed discover discovered earn enter expect expected explain fall fell
    feel felt follow forget forgot handle hear heard hold held hurt improve improved increase
    increased invent invented learn learned learning like likes look lower meet met miss moved offer
    pick publish published put raise raised reach reached read receive received reduce reduced
    release released remember remove removed replace replaced require required rise run say send
    sent serve set share shared ship shipped sign signed sit speak spoke spoken spend spent stand
    stay stayed survive survived teach taught think travel travelled try understand visit visited
    wait waited walk watch watched wear went wonder
    """.split()
)
_RELATIONAL = frozenset(
    """
    advantage aftermath alternative amount answer approach author background benefit
    cause challenge chance component con consequence contribution cost criticism criteria date
    deadline definition detail difference disadvantage downside drawback duration effect eligibility
    example fee feature figure function history impact importance influence
    ingredient leader length limit limitation location meaning member method motive name number
    option origin outcome owner penalty price pro problem process purpose
    rate reaction reason recommendation relationship requirement response result risk role rule side
    significance similarity size solution source stage step strategy symptom term
    theory treatment type kind sort use value variety version victim way weight winner
    """.split()
)


def content_words(text: str) -> list[str]:
    """Return the words that are no stop words; one in capitals, as in "the US", is a name."""
    keeps_capitals = not text.isupper()
    return [
        word
        for word in WORD.findall(text)
        if re.sub(r"['’]s$", "", word.casefold()) not in STOP_WORDS
        or (keeps_capitals and len(word) > 1 and word.isupper())
    ]


def find_names(text: str) -> list[re.Match[str]]:
    """Return the names in a text; its first word is in capitals anyway."""
    first = WORD.search(text)
    return list(NAME.finditer(text, first.end())) if first else []


def is_verb(word: str) -> bool:
    """Return whether a word is a common verb, which no topic is made of."""
    folded = word.casefold()
    return folded in _VERBS or (folded.endswith("s") and folded[:-1] in _VERBS)


def is_relational(word: str) -> bool:
    """Return whether a noun says little without the thing that it is of: "benefits", "price"."""
    folded = word.casefold()
    return folded in _RELATIONAL or folded.removesuffix("s") in _RELATIONAL
