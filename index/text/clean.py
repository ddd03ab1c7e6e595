"""Raw text -> the text that is stored, searched and quoted. Pure.

The stages: characters and white space, left-over markup, furniture such as adverts and share
buttons, and line breaks inside sentences. Offsets of sentences and passages refer to the result.

Markup: only traces of it remain in text that was extracted elsewhere, so every rule requires a form
that prose does not have: ``a < b`` and ``[sic]`` stay. No pattern takes longer than a few times the
length of the text.

Furniture: removing a sentence of the article loses an answer, while leaving furniture costs little.
So a line goes only if all of it is furniture, and a tail only from a heading that announces it, and
only if nothing after that heading reads like a sentence.

Line breaks: a text has one paragraph per line (nothing to do), or paragraphs wrapped at a column
(every full line is joined to the next), or a stray break inside a sentence or a word. Headings,
list items and verse keep their lines.
"""

from __future__ import annotations

import html
import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from importlib.resources import files
from itertools import pairwise, takewhile
from types import MappingProxyType

_NO_RANKS: Mapping[str, int] = MappingProxyType({})

# One stage can create work for another (an entity that spells a tag). Ordinary articles settle in
# two rounds; the limit is for deliberately nested texts.
_MAX_ROUNDS = 8

_INVISIBLE_RANGES = (
    (0x0000, 0x0008),  # controls, NUL among them
    (0x000E, 0x001F),
    (0x007F, 0x007F),
    (0x00AD, 0x00AD),  # soft hyphen
    (0x061C, 0x061C),  # Arabic letter mark
    (0x180E, 0x180E),  # Mongolian vowel separator
    (0x200B, 0x200B),  # zero-width space; the joiners at 200C and 200D carry meaning and stay
    (0x200E, 0x200F),  # bidirectional marks
    (0x202A, 0x202E),  # bidirectional embeddings and overrides
    (0x2060, 0x2064),  # word joiner, invisible operators
    (0x2066, 0x206F),  # bidirectional isolates, deprecated format characters
    (0xFDD0, 0xFDEF),  # noncharacters
    (0xFEFF, 0xFEFF),  # byte-order mark
    (0xFFF9, 0xFFFB),  # annotation marks
    (0xFFFE, 0xFFFF),
)
_ODD_SPACES = "\t\u00a0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_LINE_BREAKS = "\x0b\x0c\r\x85\u2028\u2029"

_TAG_CHARACTER = re.compile("[\U000e0000-\U000e007f]+")  # an invisible second text
_SURROGATE = re.compile("[\ud800-\udfff]")
_TERMINAL_ESCAPE = re.compile(r"\x1b\[[0-9;?]*+[A-Za-z]")


def _replacements() -> Iterator[tuple[str, str]]:
    for first, last in _INVISIBLE_RANGES:
        for code in range(first, last + 1):
            yield chr(code), ""
    # Code points of the quotes and dashes of code page 1252 in text that was read as Latin-1.
    for code in range(0x80, 0xA0):
        yield chr(code), bytes([code]).decode("cp1252", "ignore")
    for space in _ODD_SPACES:
        yield space, " "
    for line_break in _LINE_BREAKS:
        yield line_break, "\n"


_REPLACEMENTS = dict(_replacements())
# Several times faster than str.translate, as long as no wider character is among them.
_REPLACED = re.compile(f"[{''.join(map(re.escape, _REPLACEMENTS))}]")


def clean_text(
    raw: str, *, word_ranks: Mapping[str, int] = _NO_RANKS, has_markup: bool = True
) -> str:
    """Return an article's text without everything that does not belong to it.

    Characters are normalised (NFC, plain spaces and line feeds, nothing invisible but joiners),
    markup is reduced to its text, furniture is removed, and line breaks inside sentences and words
    are mended. Paragraphs, headings and list items keep their lines. Cleaning a cleaned text
    changes nothing, unless markup was deeply nested.

    Args:
        raw: Any string, lone surrogates included.
        word_ranks: Lower-case word -> frequency rank, smaller is more common; distinguishes a
            broken word from two words. Without it, only words that the text repeats are mended.
        has_markup: False for a text that was extracted from its markup, in which ``<b>`` and
            ``__init__`` are the author's words.

    Returns:
        The cleaned text; empty if none of it belongs to an article.
    """
    text = raw
    for _ in range(_MAX_ROUNDS):
        text = tidied = tidy_lines(normalise_characters(text))
        if has_markup and (bare := _strip_markup(text)) != text:
            text = tidy_lines(normalise_characters(bare))
        text = remove_boilerplate(text)
        text = join_broken_lines(text, word_ranks)
        if text == tidied:  # another round would change nothing
            break
    return text


def clean_line(raw: str, *, max_chars: int) -> str:
    """Return a title or a name as one clean line.

    Args:
        raw: Any string.
        max_chars: Longest result; a longer one is cut at a word and ends in ``…``.
    """
    # Far more than is kept, yet little enough to clean a title of any length quickly.
    text = _strip_markup(normalise_characters(raw[: 20 * max_chars]))
    return shorten(" ".join(normalise_characters(text).split()), max_chars)


def shorten(line: str, max_chars: int) -> str:
    """Return a line cut at a word to at most ``max_chars`` characters, ``…`` included."""
    if len(line) <= max_chars:
        return line
    head, _, _ = line[:max_chars].rpartition(" ")
    return (head or line[: max_chars - 1]).rstrip(" ,;:-–—") + "…"


def normalise_characters(text: str) -> str:
    """Return the text in NFC, without invisible characters, its lines broken by line feeds only."""
    if _SURROGATE.search(text):
        # Surrogate pairs that were decoded separately become the character that they encode.
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if "\x1b" in text:
        text = _TERMINAL_ESCAPE.sub("", text)
    if "\r" in text:
        text = text.replace("\r\r\n", "\n").replace("\r\n", "\n")
    text = _REPLACED.sub(lambda match: _REPLACEMENTS[match[0]], text)
    return unicodedata.normalize("NFC", _TAG_CHARACTER.sub("", text))


def tidy_lines(text: str) -> str:
    """Return the text with single spaces, stripped lines and at most one blank line in a row."""
    if "  " in text:
        text = re.sub(" {2,}", " ", text)
    text = "\n".join(line.strip(" ") for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n")


_UNSEEN = tuple(
    (re.compile(opening, re.IGNORECASE), re.compile(closing, re.IGNORECASE))
    for opening, closing in (
        (r"<!--", r"-->"),
        (r"<script\b[^<>]*+>", r"</script\s*+>"),
        (r"<style\b[^<>]*+>", r"</style\s*+>"),
    )
)

_TAG_NAMES = (
    "a|abbr|address|article|aside|b|big|blockquote|body|br|button|caption|center|cite|code|col"
    "|dd|del|details|div|dl|dt|em|embed|figcaption|figure|font|footer|form|h[1-6]|head|header|hr"
    "|html|i|iframe|img|input|ins|kbd|label|li|link|main|mark|meta|nav|noscript|object|ol|p"
    "|picture|pre|q|s|script|section|small|source|span|strike|strong|style|sub|summary|sup|svg"
    "|table|tbody|td|tfoot|th|thead|time|title|tr|tt|u|ul|video|wbr"
)
_TAG = re.compile(
    rf"""<(?:
        /?(?P<plain>{_TAG_NAMES})\s*+/?                  # <p>, </p>, <br />
        |/(?P<closing>[a-z][\w:.-]*+)\s*+                # </anything>
        |(?P<empty>[a-z][\w:.-]*+)\s*+/                  # <anything/>
        |(?P<full>[a-z][\w:.-]*+)\s[^<>=]*+=[^<>]*+      # <anything with="an attribute">
        |!doctype[^<>]*+
        |\?xml[^<>]*+
    )>""",
    re.IGNORECASE | re.VERBOSE,
)
_BREAKS = {"br": "\n", "li": "\n- ", "tr": "\n", "td": " ", "th": " ", "dt": "\n", "dd": "\n"}
_BLOCK_BREAKS = dict.fromkeys(
    "address article aside blockquote center div dl figcaption figure footer form h1 h2 h3 h4 h5 "
    "h6 header hr main nav ol p pre section table title ul".split(),
    "\n\n",
)

_REPEATED_AMPERSAND = re.compile(r"&(?:amp;)++(?=[#\w])")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,30});", re.IGNORECASE)

_SHORTCODE = re.compile(
    r"""\[(?:
        /[a-z][\w-]*+                                     # [/caption]
        |[a-z][\w-]*+\s[^\[\]="]*+=\s*+["'&“”][^\[\]]*+   # [caption id="…" …]
        |(?:caption|gallery|embed|audio|video|playlist|vc_\w++|et_pb_\w++|fusion_\w++
           |contact-form(?:-7)?|advert|adsense|toc)(?:\s[^\[\]]*+)?
    )/?\]""",
    re.IGNORECASE | re.VERBOSE,
)

_LINK = re.compile(
    r"""!?\[(?P<text>[^\[\]\n]*+)\]
        \(\s?<?
        (?=[^()\s]*[/.:\#@])                              # what follows is an address
        [^()\s<>]*+(?:\([^()\s]*+\)[^()\s<>]*+)*+
        >?(?:\s"[^"\n]*+"|\s'[^'\n]*+')?\s?\)""",
    re.VERBOSE,
)
_LINK_TARGET = re.compile(
    r"^ {0,3}\[([^\[\]\n]{1,100})\]:[ \t]*+<?(?:https?://|mailto:|/|\#|www\.)\S*+[^\n]*+$",
    re.MULTILINE,
)
_REFERENCE_LINK = re.compile(r"!?\[([^\[\]\n]*+)\] ?\[([^\[\]\n]{0,100})\]")

_HEADING = re.compile(r"^ {0,3}(?:\#{1,6} ++)++(?P<text>[^\n]*?)(?: ++\#++)?+ *+$", re.MULTILINE)
_RULE = re.compile(r"^ *+([-=_*~\#—–•·+])(?: ?\1){2,}+ *+$", re.MULTILINE)
_STAR_BULLET = re.compile(r"^( *+)\* ++(?=\S)", re.MULTILINE)
_EMPHASIS = re.compile(
    r"(?<![\w*@/.\#\\])(?P<stars>\*{1,3})(?=[^\s*])(?P<starred>[^*\n]{1,300})(?<=\S)(?P=stars)(?![\w*])"
    r"|(?<![\w@/.\#\\])(?P<bars>_{1,3})(?=[^\W_])(?P<barred>[^_\n]{1,300})(?<=\S)(?P=bars)(?!\w)"
)


def _strip_markup(text: str) -> str:
    """Return the text without its markup, but with the content of tags and links.

    Line feeds are the only line breaks; block elements and headings get lines of their own.
    """
    if "<" in text:
        text = _strip_html(text)
    if "&" in text:
        text = _REPEATED_AMPERSAND.sub("&", text)
        text = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
    if "[" in text:
        text = _strip_brackets(text)
    return _strip_marks(text)


def _strip_html(text: str) -> str:
    for opening, closing in _UNSEEN:
        text = _cut_between(text, opening, closing)
    return _TAG.sub(_tag_break, text)


def _tag_break(match: re.Match[str]) -> str:
    name = (match["plain"] or match["full"] or "").lower()
    if match[0].startswith("</"):
        return _BLOCK_BREAKS.get(name, "")
    return _BLOCK_BREAKS.get(name) or _BREAKS.get(name, "")


def _cut_between(text: str, opening: re.Pattern[str], closing: re.Pattern[str]) -> str:
    """Cut from each opening to the next closing; an unclosed opening stays."""
    kept = []
    position = 0
    while (start := opening.search(text, position)) and (end := closing.search(text, start.end())):
        kept += [text[position : start.start()], " "]
        position = end.end()
    return "".join([*kept, text[position:]])


def _strip_brackets(text: str) -> str:
    text = _SHORTCODE.sub("", text)
    if "](" in text:
        text = _LINK.sub(lambda match: match["text"], text)
    targets = {match[1].lower() for match in _LINK_TARGET.finditer(text)}
    if not targets:
        return text

    def referent(match: re.Match[str]) -> str:
        name = match[2] or match[1]
        return match[1] if name.lower() in targets else match[0]

    return _LINK_TARGET.sub("", _REFERENCE_LINK.sub(referent, text))


def _strip_marks(text: str) -> str:
    """Remove Markdown's heading marks, rules and emphasis; turn starred bullets into dashes."""
    if "#" in text:
        text = _HEADING.sub(lambda match: f"\n{match['text']}\n", text)
    text = _RULE.sub("", text)
    if "*" in text or "_" in text:
        text = _STAR_BULLET.sub(r"\1- ", text)
        text = _EMPHASIS.sub(lambda match: match["starred"] or match["barred"], text)
    return text


# Longer lines are paragraphs, whatever they begin with.
_LONGEST_FURNITURE = 300
_LONGEST_HEADLINE = 200


def _read_phrases() -> dict[str, str]:
    """Return an expression for each group in ``furniture.toml``."""
    table = tomllib.loads(files(__package__).joinpath("furniture.toml").read_text("utf-8"))
    read: dict[str, str] = {}
    for name, phrases in table.items():
        any_of = "|".join(phrases)
        for known, expression in read.items():
            any_of = any_of.replace(f"<{known}>", expression)
        read[name] = f"(?:{any_of})"
    return read


_PHRASES = _read_phrases()
_FURNITURE, _NEWSLETTER, _TAIL_HEADING, _LABELLED, _SIGN_OFF = (
    re.compile(rf"\W*{_PHRASES[name]}\W*", re.IGNORECASE)
    for name in ("furniture", "newsletter", "tail_heading", "labelled", "sign_off")
)

# Names of template parts, such as social_bar: no line of prose consists of them.
_IDENTIFIERS = re.compile(r"(?:[a-z]{2,}(?:_[a-z0-9]+)+\s*)++")

# What stands between the captions of a gallery.
_GALLERY = re.compile(
    r"\s*+\b(?:(?:Hide|Show|View) Caption\b(?:\s*+\d{1,3} of \d{1,3} Photos?:)?"
    r"|\d{1,3} of \d{1,3} Photos?:)\s*+"
)

_LEAST_CAPTIONS = 3
"""Fewest captions that show what the title of their gallery is."""

# Headlines may end in a question mark.
_ENDS_SENTENCE = re.compile(r"[.!…][\"'”’»)\]]*$")
_ADDRESS = re.compile(r"https?://|www\.|\S@\S+\.\w", re.IGNORECASE)


def remove_boilerplate(text: str) -> str:
    """Return the text without lines of furniture and without a tail of it.

    The text is normalised, one paragraph, heading or list item per line; in the result at most one
    blank line is in a row.
    """
    lines = part_captions(text).split("\n")
    del lines[_tail_start(lines) :]
    kept = ("" if _is_furniture(line) else line for line in lines)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip("\n")


def part_captions(text: str) -> str:
    """Return the text with the captions of a gallery as paragraphs, without counters and its title.

    The title is what follows every counter: "1 of 9 Photos: Storm in Quill A boat sinks."
    """
    marks = list(_GALLERY.finditer(text))
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    captions = [text[mark.end() : end] for mark, end in zip(marks, ends, strict=False)]
    counted = [c for mark, c in zip(marks, captions, strict=True) if ":" in mark.group()]
    shared = takewhile(lambda column: len(set(column)) == 1, zip(*counted, strict=False))
    is_titled = len(counted) >= _LEAST_CAPTIONS
    title = "".join(column[0] for column in shared).rpartition(" ")[0] if is_titled else ""
    opening = text[: marks[0].start()] if marks else text
    return "\n\n".join([opening, *(caption.removeprefix(title).strip() for caption in captions)])


def _is_furniture(line: str) -> bool:
    """Return whether a line cannot belong to an article, wherever it stands."""
    if not line or len(line) > _LONGEST_FURNITURE:
        return False
    patterns = (_FURNITURE, _IDENTIFIERS, _NEWSLETTER)
    return any(pattern.fullmatch(line) for pattern in patterns)


def _tail_start(lines: list[str]) -> int:
    """Return the index of the line where a tail of furniture starts, ``len(lines)`` if none."""
    top = len(lines)
    while top and _may_be_in_tail(lines[top - 1]):
        top -= 1
    if not top:
        return len(lines)  # without a sentence above them, these lines are the article
    end = _before_signatures(lines, len(lines), top)
    for number in range(top, end):
        if _is_short(lines[number]) and _TAIL_HEADING.fullmatch(lines[number]):
            return _before_signatures(lines, number, top)
    return end


def _before_signatures(lines: list[str], end: int, top: int) -> int:
    """Return the index where the labels and sign-offs at the end of ``lines[top:end]`` start."""
    while end > top and (not lines[end - 1] or _is_signature(lines[end - 1])):
        end -= 1
    return end


def _may_be_in_tail(line: str) -> bool:
    """Return whether a line could be a headline, a link or a label, but not a sentence."""
    if not _is_short(line):
        return not line
    if not _ENDS_SENTENCE.search(line) or _ADDRESS.search(line):
        return True
    return _is_signature(line) or _is_furniture(line)


def _is_signature(line: str) -> bool:
    return _is_short(line) and bool(_LABELLED.fullmatch(line) or _SIGN_OFF.fullmatch(line))


def _is_short(line: str) -> bool:
    return 0 < len(line) <= _LONGEST_HEADLINE


_NARROWEST_COLUMN = 50
_WIDEST_COLUMN = 100
# A line of prose this long with a final comma is in mid-sentence; a shorter one may be verse.
_PROSE_LINE = 40
_MIN_VERSE_LINES = 3
_MIN_SHARE_IN_MID_SENTENCE = 0.4

_SENTENCE_END = re.compile(r"[.!?…:;][\"'”’»)\]]*$")
_LIST_ITEM = re.compile(r"(?:[-–—•·‣▪●◦*+►➤✓]\s|\(?\d{1,3}[.)]\s|\(?[a-z][.)]\s|\(?[A-Z]\)\s)")
_STARTS_WITH_LINK = re.compile(r"(?:https?://|www\.|pic\.twitter|[@#])", re.IGNORECASE)
_FIRST_WORD = re.compile(r"[\"'“‘(\[]*([^\W_]+)")
_TITLE = re.compile(r"(?<!\w)(?:Mr|Mrs|Ms|Dr|Gen|Sen|Rep|Gov|Lt|Col|Sgt|Capt|Prof|Rev|St|vs)\.$")
_ABBREVIATION = re.compile(r"(?<![\w.])(?:[A-Za-z]\.){2,}$")
_UNFINISHED = re.compile(
    r"(?<![\w’'-])(?:a|an|the|of|and|or|to|in|on|at|by|for|from|with|as|that|than|its|his|her|their)$"
)
_HEAD_PIECE = re.compile(r"(?:^|\s)[\"'“‘(]*([^\W\d_]+)$")
_TAIL_PIECE = re.compile(r"([^\W\d_]+)(?!\w)")
_HYPHENATED = re.compile(r"(?<![^\W\d_])([^\W\d_]+)[-\u2010]$")
_WORD = re.compile(r"[^\W\d_]+")


def join_broken_lines(text: str, word_ranks: Mapping[str, int]) -> str:
    """Return the text without line breaks inside sentences.

    Args:
        text: Normalised text; paragraphs and headings are separated by a blank line or merely a
            line break.
        word_ranks: Lower-case word -> frequency rank, smaller is more common; may be empty.
    """
    blocks = [block.split("\n") for block in text.split("\n\n")]
    if all(len(lines) == 1 for lines in blocks):
        return text
    column = _wrap_column(blocks)
    words = _Words(text, word_ranks)
    joined = [lines if _is_verse(lines) else _join_lines(lines, column, words) for lines in blocks]
    return "\n\n".join("\n".join(lines) for lines in joined)


class _Words:
    """Recognises words by the language's vocabulary and by the article itself."""

    def __init__(self, text: str, ranks: Mapping[str, int]) -> None:
        self._text = text
        self._ranks = ranks

    @cached_property
    def _counts(self) -> Counter[str]:
        return Counter(_WORD.findall(self._text.lower()))

    def is_word(self, word: str) -> bool:
        return word in self._ranks or self._counts[word] > 0

    def are_halves(self, head: str, tail: str, *, is_wrapped: bool) -> bool:
        """Return whether two pieces are the halves of one broken word.

        Wrapped text breaks every line between words, so one of the pieces must be unknown; at a
        stray break it is enough that the whole is more common than the rarer piece.
        """
        whole = head + tail
        unknown = [piece for piece in (head, tail) if piece not in self._ranks]
        if whole in self._ranks:
            if unknown or is_wrapped:
                return bool(unknown)
            return self._ranks[whole] < max(self._ranks[head], self._ranks[tail])
        return any(self._counts[piece] == 1 for piece in unknown) and self._counts[whole] > 0


def _join_lines(lines: Sequence[str], column: int | None, words: _Words) -> list[str]:
    pieces = [lines[0]]
    for before, after in pairwise(lines):
        if _continues(before, after) or (column and _is_full(before, after, column)):
            pieces[-1], glue = _seam(before, after, words, is_wrapped=bool(column))
            pieces += [glue, after]
        else:
            pieces += ["\n", after]
    return "".join(pieces).split("\n")


def _seam(before: str, after: str, words: _Words, *, is_wrapped: bool) -> tuple[str, str]:
    """Return a line, perhaps without its hyphen, and what joins it to the next."""
    tail = _TAIL_PIECE.match(after)
    if tail is None or not tail[1].islower():
        return before, " "
    if hyphenated := _HYPHENATED.search(before):
        is_broken = words.is_word((hyphenated[1] + tail[1]).lower())
        return (before[:-1] if is_broken else before), ""
    head = _HEAD_PIECE.search(before)
    if head and words.are_halves(head[1].lower(), tail[1], is_wrapped=is_wrapped):
        return before, ""
    return before, " "


def _continues(before: str, after: str) -> bool:
    """Return whether a line continues on the next, judging by where the two meet."""
    first = _FIRST_WORD.match(after)
    if first is None or _LIST_ITEM.match(after) or _STARTS_WITH_LINK.match(after):
        return False
    is_lower = first[1].islower()
    if _SENTENCE_END.search(before):
        return bool(_TITLE.search(before) or (is_lower and _ABBREVIATION.search(before)))
    if is_lower:
        from index.text.dates import is_date_line  # questions are cleaned too, without dates

        return not is_date_line(after)  # "1er mars 2024"
    is_prose = len(before) >= _PROSE_LINE
    return is_prose and (before.endswith(",") or bool(_UNFINISHED.search(before)))


def _is_full(before: str, after: str, column: int) -> bool:
    """Return whether a line was broken because the next word would not have fitted."""
    if _LIST_ITEM.match(after):
        is_dash = after[0] in "–—" and not (_SENTENCE_END.search(before) or before[0] in "–—")
        if not is_dash:
            return False
    return len(before) + 1 + len(after.split(" ", 1)[0]) > column


def _wrap_column(blocks: Sequence[Sequence[str]]) -> int | None:
    """Return the column at which a text is wrapped, None if it is not."""
    pairs = [
        pair
        for lines in blocks
        if len(lines) > 1 and not _is_verse(lines)
        for pair in pairwise(lines)
    ]
    if not pairs:
        return None
    lengths = sorted(len(before) for before, _ in pairs)
    column = lengths[int(0.95 * (len(lengths) - 1))]
    if not _NARROWEST_COLUMN <= column <= _WIDEST_COLUMN:
        return None
    full = [pair for pair in pairs if _is_full(*pair, column)]
    in_mid_sentence = sum(_continues(*pair) for pair in full)
    # Running text mostly breaks before a lower-case word; lines that happen to be equally long do
    # not. Joining leaves no such pair, so a second pass joins nothing more.
    is_wrapped = len(full) > 1 and in_mid_sentence >= _MIN_SHARE_IN_MID_SENTENCE * len(full)
    return column if is_wrapped else None


def _is_verse(lines: Sequence[str]) -> bool:
    """Return whether a block is verse or another list of short lines, mostly not sentences."""
    if len(lines) < _MIN_VERSE_LINES or any(len(line) > _NARROWEST_COLUMN for line in lines):
        return False
    return 2 * sum(bool(_SENTENCE_END.search(line)) for line in lines) <= len(lines)
