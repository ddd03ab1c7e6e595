"""Page furniture out of an article's text: adverts, share buttons, lists of other articles. Pure.

Taking out a sentence of the article loses an answer, leaving furniture in costs little; so a line
goes only if the whole of it is furniture, and a tail only from a heading that announces it and as
long as nothing after that heading reads like a sentence.
"""

from __future__ import annotations

import re

# Longer lines are paragraphs, whatever they begin with.
_LONGEST_FURNITURE = 300
_LONGEST_HEADLINE = 200


def _one_of(*phrases: str) -> str:
    return f"(?:{'|'.join(phrases)})"


def _line(*phrases: str) -> re.Pattern[str]:
    """Compile a pattern for a whole line that is one of some phrases and punctuation."""
    return re.compile(rf"\W*{_one_of(*phrases)}\W*", re.IGNORECASE)


_NETWORK = _one_of(
    *("facebook", "twitter", "x", "instagram", "linkedin", "whatsapp", "telegram", "tiktok"),
    *("youtube", "threads", "bluesky"),
)
_BUTTON = _one_of(
    "share", "tweet", "pin", "print", "e-?mail", "copy link", "save", "comment", _NETWORK
)
_STORIES = _one_of("posts?", "articles?", "stories", "news", "content", "topics", "coverage")

_FURNITURE = _line(
    r"(?:advertisements?|sponsored(?: content)?|paid (?:post|content))"
    r"(?:\s*[-–—:]?\s*(?:scroll to continue|continue reading below))?",
    r"(?:story|article|text) continues (?:below|after)"
    r"(?: (?:the |this )?(?:advert(?:isement)?|ad|video))?",
    rf"(?:click here to )?(?:read|show|see|load|view) more(?: {_STORIES}| comments| here)?",
    r"(?:click here to )?read the full (?:article|story)(?: here)?",
    r"continue reading|click here(?: for more)?",
    r"skip to (?:the )?(?:main )?content|back to (?:the )?top",
    r"share(?: (?:this|it|article|story))?(?: (?:article|story|post|page|with friends))?",
    rf"share(?: this)? (?:on|via|to) {_NETWORK}|click to share on .*",
    rf"{_BUTTON}(?:[\s|,•·/]+{_BUTTON})+",
    rf"follow us(?: on (?:{_NETWORK}|social media)(?:(?:,|,? and) {_NETWORK})*)?",
    r"like us on facebook|subscribe(?: (?:now|today|here))?|sign up(?: (?:now|here))?",
    r"sign in|log in|register|accept (?:all )?cookies|loading(?: more)?",
    r"leave a (?:comment|reply)|post a comment|no comments(?: yet)?|\d+ comments?",
    r"print this(?: (?:article|page))?",
    r"get in touch|latest posts|related (?:articles|posts|stories)",
    r"just watched\b.*\bmust watch\b.*",
    r"(?:https?://|www\.|pic\.twitter\.com/)\S+",
)

# What a template calls its parts, such as social_bar: no line of prose is made of nothing else.
_IDENTIFIERS = re.compile(r"(?:[a-z]{2,}(?:_[a-z0-9]+)+\s*)++")

_NEWSLETTER = _line(
    r"(?:sign up|subscribe|get|join|receive|want more|never miss|newsletters?:|stay up to date)\b"
    r"(?=.*\b(?:newsletters?|(?:in|to) your inbox)\b)"
    r"(?=.*\b(?:sign up|subscribe|your inbox|newsletters?)\b).*"
)

_TAIL_HEADING = _line(
    r"(?:the )?(?:latest|recent|popular|related|more|other|featured|top|similar)"
    rf" (?:{_STORIES}|reading|links|headlines)",
    r"related|more (?:from|on|about|in) .{1,40}|read (?:more|next|also|this next)|also read",
    r"you (?:may|might) (?:also )?(?:like|be interested in|have missed)",
    rf"recommended(?: for you| reading| {_STORIES})|editors?['’]?s?['’]? picks?",
    r"trending(?: (?:now|stories|news))?|most (?:read|viewed|shared|commented)",
    r"don['’]?t miss(?: (?:this|these))?|what to read next",
    r"get in touch|contact(?: us)?|about (?:us|the author)",
    r"share this.{0,20}|follow us.{0,40}",
    r"(?:subscribe|newsletter)(?: to .{1,60}| sign[ -]?up)?",
    r"(?:our )?(?:fact[ -]check )?sources?|references|see also|external links|further reading",
    r"tags?|topics|categories|filed under|comments?|leave a (?:comment|reply)",
    r"(?:previous|next) (?:article|post)|sponsored(?: content| links)?",
)

_LABELLED = _line(
    r"(?:tags?|topics?|categories|filed under|related|read (?:more|also|next)|also read|see also"
    r"|via)\s*:\s*\S.*"
)

_SIGN_OFF = _line(
    rf"(?:follow|find|like|join) .{{1,80}} on {_NETWORK}\b.{{0,80}}",
    r"(?:contact|reach|e-?mail) .{1,80} at \S+@\S+.{0,80}",
    r"(?:download|get) (?:our|the) .{0,40}\bapp\b.{0,80}",
)

# Headlines may end in a question mark.
_ENDS_SENTENCE = re.compile(r"[.!…][\"'”’»)\]]*$")
_ADDRESS = re.compile(r"https?://|www\.|\S@\S+\.\w", re.IGNORECASE)


def remove_boilerplate(text: str) -> str:
    """Return the text without page furniture, in lines and as a tail.

    Args:
        text: Normalised text, one paragraph, heading or list item a line.

    Returns:
        The text; at most one blank line in a row.
    """
    lines = text.split("\n")
    del lines[_tail_start(lines) :]
    kept = ("" if _is_furniture(line) else line for line in lines)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip("\n")


def _is_furniture(line: str) -> bool:
    """Tell whether nothing of a line belongs to an article, wherever it stands."""
    if not line or len(line) > _LONGEST_FURNITURE:
        return False
    patterns = (_FURNITURE, _IDENTIFIERS, _NEWSLETTER)
    return any(pattern.fullmatch(line) for pattern in patterns)


def _tail_start(lines: list[str]) -> int:
    """Return the line that a tail of furniture starts at, ``len(lines)`` if there is none."""
    top = len(lines)
    while top and _may_be_in_tail(lines[top - 1]):
        top -= 1
    if not top:
        return len(lines)  # not one sentence above it: these lines are the article
    end = _before_signatures(lines, len(lines), top)
    for number in range(top, end):
        if _is_short(lines[number]) and _TAIL_HEADING.fullmatch(lines[number]):
            return _before_signatures(lines, number, top)
    return end


def _before_signatures(lines: list[str], end: int, top: int) -> int:
    """Return where the labels and sign-offs start that ``lines[top:end]`` ends in."""
    while end > top and (not lines[end - 1] or _is_signature(lines[end - 1])):
        end -= 1
    return end


def _may_be_in_tail(line: str) -> bool:
    """Tell whether a line could be a headline, a link or a label: anything but a sentence."""
    if not _is_short(line):
        return not line
    if not _ENDS_SENTENCE.search(line) or _ADDRESS.search(line):
        return True
    return _is_signature(line) or _is_furniture(line)


def _is_signature(line: str) -> bool:
    return _is_short(line) and bool(_LABELLED.fullmatch(line) or _SIGN_OFF.fullmatch(line))


def _is_short(line: str) -> bool:
    return 0 < len(line) <= _LONGEST_HEADLINE
