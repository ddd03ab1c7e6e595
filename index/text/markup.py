"""Left-over HTML, Markdown and shortcodes -> the text that they mark up. Pure.

This is for traces in text that was extracted elsewhere, so every rule asks for a form that prose
does not have: ``a < b`` and ``[sic]`` stay. No pattern can be made to run for longer than a few
times the length of the text.
"""

from __future__ import annotations

import html
import re

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
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^<>\s]++)>", re.IGNORECASE)

_REPEATED_AMPERSAND = re.compile(r"&(?:amp;)++(?=[#\w])")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,30});", re.IGNORECASE)

_SHORTCODE = re.compile(
    r"""\[(?:
        /[a-z][\w-]*+                                     # [/caption]
        |[a-z][\w-]*+\s[^\[\]="]*+=\s*+["'&“”][^\[\]]*+   # [caption id="…" …]
        |(?:caption|gallery|embed|audio|video|playlist|vc_\w++|et_pb_\w++|fusion_\w++
           |contact-form(?:-7)?|advert|adsense|toc)(?:\s[^\[\]]*+)?
    )/?\]|(?:spot_img){1,9}""",
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


def strip_markup(text: str) -> str:
    """Return the text without the markup in it; what a tag or link encloses stays.

    Args:
        text: Text with line feeds as the only line breaks.

    Returns:
        The text; block elements and headings stand on lines of their own.
    """
    if "<" in text:
        text = _strip_html(text)
    if "&" in text:
        text = _REPEATED_AMPERSAND.sub("&", text)
        text = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
    if "[" in text:
        text = _strip_brackets(text)
    if "spot_img" in text:
        text = _SHORTCODE.sub("", text)
    return _strip_marks(text)


def _strip_html(text: str) -> str:
    for opening, closing in _UNSEEN:
        text = _cut_between(text, opening, closing)
    text = _AUTOLINK.sub(r"\1", text)
    return _TAG.sub(_tag_break, text)


def _tag_break(match: re.Match[str]) -> str:
    name = (match["plain"] or match["full"] or "").lower()
    if match[0].startswith("</"):
        return _BLOCK_BREAKS.get(name, "")
    return _BLOCK_BREAKS.get(name) or _BREAKS.get(name, "")


def _cut_between(text: str, opening: re.Pattern[str], closing: re.Pattern[str]) -> str:
    """Cut from each opening to the next closing; an opening that is never closed stays."""
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
    """Take out Markdown's heading marks, rules and emphasis; make starred bullets dashes."""
    if "#" in text:
        text = _HEADING.sub(lambda match: f"\n{match['text']}\n", text)
    text = _RULE.sub("", text)
    if "*" in text or "_" in text:
        text = _STAR_BULLET.sub(r"\1- ", text)
        text = _EMPHASIS.sub(lambda match: match["starred"] or match["barred"], text)
    return text
