"""A seat of government that is asked for its words: they may stand under the nation's name.

"What did Pyongyang say?" finds what has the word Pyongyang, and the sentence that answers may well
be "North Korea denies it". Where nobody of the nation speaks in what was found, it is looked for
by its name.
"""

from __future__ import annotations

from collections.abc import Sequence

from index.language.nations import MentionKind, find_nations
from index.language.speakers import AskedSpeaker
from rag.evidence.sentences import FEATURES
from rag.types import Evidence

_SPEAKER = FEATURES.index("speaker")


def name_nation(question: str, speaker: AskedSpeaker | None) -> str:
    """Return a question for the words of a seat of government as one for those of its nation.

    Args:
        question: Standing alone.
        speaker: Whose words it asks for.

    Returns:
        The question; empty where it does not ask for a seat's words, or names the nation too.

    Examples:
        >>> from index.language.speakers import find_asked_speaker
        >>> name_nation("What did Pyongyang say?", find_asked_speaker("What did Pyongyang say?"))
        'What did North Korea say?'
    """
    if speaker is None or not speaker.nation or speaker.names:
        return ""
    named = [m for m in find_nations(question, ignore_case=True) if m.nation == speaker.nation]
    if any(mention.kind is not MentionKind.SEAT for mention in named):
        return ""
    asked = question
    for mention in reversed(named):
        asked = f"{asked[: mention.start]}{mention.nation}{asked[mention.end :]}"
    return asked if named else ""


def has_speaker(evidence: Sequence[Evidence]) -> bool:
    """Return whether the asked speaker speaks in any of some evidence."""
    return any(item.features[_SPEAKER] > 0 for item in evidence)
