"""Cleaning: characters, markup, page furniture and broken lines."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index.language.words import word_ranks
from index.text.clean import (
    clean_line,
    clean_text,
    join_broken_lines,
    normalise_characters,
    remove_boilerplate,
    shorten,
)

RANKS = word_ranks()

# Pieces that the stages look for, so that random joins of them meet every rule and its edges.
PIECES = (
    *("\n", "\n\n", "\r\n", "\r", " ", "  ", "\t", "\x00", "\x85", "\u2028", "\u00a0", "\u200b"),
    *("\u00ad", "\u202e", "\ufeff", "\ud83d", "\ude00", "e", "\u0301", "\x1b[31m", "\U000e0041"),
    *("<b>", "</b>", "<", ">", "<p>", "<a href='x'>", "<!--", "-->", "<script>", "</script>"),
    *("&amp;", "&lt;", "&gt;", "&#8203;", "&nbsp;", "amp;", "[", "]", "(", ")", "![", "](a.b)"),
    *("*", "**", "_", "# ", "##", "- ", "* ", "• ", "1. ", "---", "===", "[caption id=", '"x"]'),
    *("The ferry", "left the", "harbour", "harb", "our.", "at noon", "tr", "ade", "govern-"),
    *("ment", "Latest", "posts", "Latest Posts", "Sources:", "Related articles", "Read more"),
    *(
        "Advertisement",
        "Follow us",
        "www.a.example",
        "https://a.example/b",
        "Tags: a",
        ".",
        ",",
        "”",
    ),
)
messy_texts = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=30).map("".join),
    st.text(st.characters(), max_size=60),
    st.text(st.sampled_from("ab \n.-*_#<>[]()&;\u0301\u200b"), max_size=60),
)


@settings(deadline=None)
@given(messy_texts)
@example("Latest\nposts")
@example("<<b>b>bold</b>")
@example("&amp;amp;lt;p&gt;")
@example("<\u200bb>")
@example("\ud83d\u200b\ude00")
def test_cleaning_twice_changes_nothing(raw: str) -> None:
    once = clean_text(raw, word_ranks=RANKS)
    assert clean_text(once, word_ranks=RANKS) == once


@settings(deadline=None)
@given(messy_texts)
def test_a_cleaned_text_holds_nothing_unseen(raw: str) -> None:
    text = clean_text(raw)
    assert unicodedata.is_normalized("NFC", text)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\xa0\u2028\u2029\ufeff\ud800-\udfff]", text)
    assert not re.search(r"[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069]", text)
    assert not re.search(r" \n|\n |  |\n\n\n", text)
    assert text == text.strip()


@settings(deadline=None)
@given(st.text(st.sampled_from("abc dé.,\n"), max_size=80))
def test_plain_words_all_survive(raw: str) -> None:
    letters = re.sub(r"\s", "", raw)
    assert re.sub(r"\s", "", clean_text(raw)) == letters


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("\ufeffHarbour", "Harbour"),
        ("One.\r\nTwo.\rThree.\r\r\nFour.", "One.\nTwo.\nThree.\nFour."),
        ("a\x00b\x07c\x7f", "abc"),
        ("tab\there", "tab here"),
        ("left \ud800 alone", "left \ufffd alone"),
        ("\ud83d\ude00", "\N{GRINNING FACE}"),
        ("\u202eevil\u202c \u2066quote\u2069 \u200emark\u200f", "evil quote mark"),
        ("har\u200bbour\u2060 mas\u00adter", "harbour master"),
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        ),
        ("\N{WOMAN}\u200d\N{ROCKET}", "\N{WOMAN}\u200d\N{ROCKET}"),
        ("One.\u2028Two.\u2029Three.\x85Four.", "One.\nTwo.\nThree.\nFour."),
        ("3\u00a0000\u202fkm\u3000off\u2009shore", "3 000 km off shore"),
        ("cafe\u0301", "caf\u00e9"),
        ("a   b  \n\n\n\n  c", "a b\n\nc"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("It\x92s \x93calm\x94", "It’s “calm”"),
        ("plain\U000e0068\U000e0069", "plain"),
        ("", ""),
        ("\n \t\u200b\n", ""),
    ],
)
def test_characters(raw: str, clean: str) -> None:
    assert clean_text(raw) == clean


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("A <b>bold</b> claim", "A bold claim"),
        ('See <a href="https://a.example/?x=1&amp;y=2">the list</a>.', "See the list."),
        ("First.<br/>Second.</p><p>Third.", "First.\nSecond.\n\nThird."),
        ("<ul><li>One ferry</li><li>Two ferries</li></ul>", "- One ferry\n- Two ferries"),
        ("Text<script>alert('x < y')</script> goes on", "Text goes on"),
        ("Text <!-- hidden <b> --> goes on", "Text goes on"),
        ("<figure-box data-x='1'>Kept</figure-box>", "Kept"),
        (
            "Fish &amp; chips &lt; 5 crowns &#8211; &quot;cheap&quot;",
            'Fish & chips < 5 crowns – "cheap"',
        ),
        ("AT&T and R&D; Q&A", "AT&T and R&D; Q&A"),
        ("If a < b and c > d then 3<4", "If a < b and c > d then 3<4"),
        ("He wrote <unclear> twice", "He wrote <unclear> twice"),
        ("spot_imgspot_img\n\nHarbour opens", "Harbour opens"),
        ("top_bannertop_banner\n\nHarbour opens", "Harbour opens"),
        ('[caption id="a" width="30"]A pier[/caption]', "A pier"),
        ("[gallery ids=1,2] Text [vc_row] more", "Text more"),
        ("“[The harbour] is [expletive] cold,” he said [sic].",) * 2,
        ("The pier [1] and the quay [note 2]",) * 2,
        ("Read [the report](https://a.example/r_(1).pdf) today", "Read the report today"),
        ('A ![map of the pier](map.png "Map") here', "A map of the pier here"),
        ("[![alt](a.png)](https://a.example)", "alt"),
        ("She chose [they](sic) twice", "She chose [they](sic) twice"),
        ("As [the board][1] said.\n\n[1]: https://a.example/board", "As the board said."),
        (
            "It is **very** cold, *really* and __truly__ _so_",
            "It is very cold, really and truly so",
        ),
        ("s***t, f****d, 2*3*4, a_b_c, @_ann_, __ blank",) * 2,
        ("## The pier ##\nIt is long.", "The pier\n\nIt is long."),
        ("The pier\n========\n\nIt is long.", "The pier\n\nIt is long."),
        ("One.\n\n* * *\n\nTwo.\n\n___\n\nThree.", "One.\n\nTwo.\n\nThree."),
        ("* one\n* two", "- one\n- two"),
        ("#1 seed wins", "#1 seed wins"),
    ],
)
def test_markup(raw: str, clean: str) -> None:
    assert clean_text(raw) == clean


FURNITURE = [
    "Advertisement",
    "ADVERTISEMENT - SCROLL TO CONTINUE",
    "Ada Holm/Pool/Getty Images",
    "Photo by Milo Reck/AP Photo",
    "Story continues below advertisement",
    "Read more",
    "Share this article",
    "Share on Facebook",
    "Facebook | Twitter | Email",
    "Follow us on Twitter and Instagram",
    "Subscribe",
    "Sign up for our weekly newsletter and get the harbour in your inbox",
    "12 comments",
    "Leave a comment",
    "Get in Touch",
    "Latest Posts",
    "https://a.example/another-story",
]


CAPTIONS = (
    (1, "A boat sinks off the pier."),
    (2, "Boats are towed home."),
    (3, "A crane lifts the mast."),
)


def test_counters_of_a_gallery_part_its_captions() -> None:
    gallery = "The ferry left. Hide Caption 2 of 16 Photos: A crane lifts it. Hide Caption"
    assert clean_text(gallery) == "The ferry left.\n\nA crane lifts it."
    titled = (f"Hide Caption {n} of 3 Photos: Storm in Quill {text}" for n, text in CAPTIONS)
    assert clean_text(" ".join(titled)) == "\n\n".join(text for _, text in CAPTIONS)
    assert clean_text("She took 2 of 16 photos.") == "She took 2 of 16 photos."


@pytest.mark.parametrize("line", FURNITURE)
def test_furniture_goes_wherever_it_stands(line: str) -> None:
    assert (
        clean_text(f"The pier opened.\n\n{line}\n\nIt is long.")
        == "The pier opened.\n\nIt is long."
    )


@pytest.mark.parametrize(
    "line",
    [
        "Share prices fell by a third.",
        "Advertisement spending rose to 3 million crowns.",
        "Read more books, the minister told pupils.",
        "Subscribers may cancel until Friday.",
        "The newsletter is in your inbox, the mayor wrote.",
        "Follow the money, said the auditor.",
        "Sources close to the board confirmed the figure.",
        "Photo of the day",
        "What happens next?",
    ],
)
def test_sentences_and_headings_that_look_like_furniture_stay(line: str) -> None:
    text = f"The pier opened.\n\n{line}\n\nIt is long."
    assert clean_text(text) == text


BODY = "The pier at Saltmere opened on Tuesday.\n\nIt is 300 metres long."


@pytest.mark.parametrize(
    "tail",
    [
        "Get in Touch\n\nLatest Posts",
        "Latest Posts\n\nFerry fares rise again\n\nWho owns the quay?",
        "Related articles:\n• Ferry fares rise again\n• A night on the quay",
        "Sources:\n\n1. Harbour board wants two piers\n2. Pier opens in spring",
        "References\n\n[1] https://a.example/board.pdf\n[2] Board minutes, p. 4",
        "You may also like\n\nFerry fares rise again\n21 October 2024\nBy Ann Reed",
        "Tags: harbour, pier",
        "Related: Ferry fares rise again",
        "Follow Ann Reed on Twitter: @annreed.",
        "Contact Ann Reed at ann@a.example.",
        "More from Saltmere\n\nFerry fares rise again\n\nTags: harbour\n\nFollow us on Facebook",
    ],
)
def test_a_tail_of_furniture_is_cut(tail: str) -> None:
    assert clean_text(f"{BODY}\n\n{tail}") == BODY


@pytest.mark.parametrize(
    "text",
    [
        f"{BODY}\n\nSources:\n\nThe board gave the figures on Monday.",
        f"{BODY}\n\nRelated stories of the war are told in every house.",
        "At a Glance\n\n• The pier opened on Tuesday.\n• It is 300 metres long.\n\nIt is new.",
        f"Sources\n\n{BODY}",
        "Latest news\n\nFerry fares\n\nPier opens",
        f"{BODY}\n\nThe winners\n\n1. Ann Reed\n2. Tomas Lind",
    ],
)
def test_what_may_be_content_is_not_cut(text: str) -> None:
    assert clean_text(text) == text


def test_only_the_tail_is_cut_at_a_heading() -> None:
    text = f"{BODY}\n\nRead next\n\nFerry fares rise\n\nThe board meets again on Friday."
    assert "Ferry fares rise" in clean_text(text)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("a treaty on the arms tr\nade between them", "a treaty on the arms trade between them"),
        ("ties have notably\nstrengthened since", "ties have notably strengthened since"),
        ("it takes some\none to row", "it takes some one to row"),
        ("he came in\nto the room", "he came in to the room"),
        ("the old car\npet shop", "the old car pet shop"),
        ("the govern-\nment of the day", "the government of the day"),
        ("a well-\nknown pilot", "a well-known pilot"),
        ("the minister of U.S.\nnavy affairs", "the minister of U.S. navy affairs"),
        ("he met Gen.\nReed there", "he met Gen. Reed there"),
        (
            "The talks between the two were held in the\nUnited Provinces",
            "The talks between the two were held in the United Provinces",
        ),
        ("The pier opened.\nit was cold", "The pier opened.\nit was cold"),
        ("He said:\nthe pier is open", "He said:\nthe pier is open"),
        ("Harbour news\nThe pier opened.", "Harbour news\nThe pier opened."),
        ("The pier\n\nopened late", "The pier\n\nopened late"),
        ("We need\n- a rope\n- a boat", "We need\n- a rope\n- a boat"),
        ("see the page\nwww.a.example/x y", "see the page\nwww.a.example/x y"),
        ("They like the\niPhone", "They like the\niPhone"),
    ],
)
def test_a_stray_line_break(raw: str, clean: str) -> None:
    assert clean_text(raw, word_ranks=RANKS) == clean


def test_a_word_that_the_article_repeats_is_mended_without_ranks() -> None:
    text = "The Vorlund bridge is shut. It was a Vor\nlund crew that found the crack."
    assert clean_text(text) == text.replace("\n", "")
    assert clean_text("It was a Vor\nlund crew.") == "It was a Vor lund crew."


WRAPPED = """\
The board of the harbour said on Tuesday that the new pier will be open
to the public before the end of June, a month later than Mayor Tomas
Reck had promised in the spring. The delay costs about 40,000 crowns, and
Saltmere will have to pay for it out of the reserve.

What happens next

The council votes on Friday. A second vote is planned for the week after
that, when the report of the auditor is expected.
"""


def test_hard_wrapped_text_is_unwrapped() -> None:
    first, heading, last = clean_text(WRAPPED, word_ranks=RANKS).split("\n\n")
    assert first.startswith("The board of the harbour")
    assert first.endswith("out of the reserve.")
    assert heading == "What happens next"
    assert "\n" not in first + last


def test_hard_wrapped_list_items_keep_a_line_each() -> None:
    items = (
        "- The pier opens to the public in June, but only on days without\n  wind.\n- It is free."
    )
    text = f"{WRAPPED}\n{items}\n"
    assert clean_text(text).endswith(
        "- The pier opens to the public in June, but only on days without wind.\n- It is free."
    )


@pytest.mark.parametrize(
    "text",
    [
        "The tide comes in\nthe tide goes out\nand nobody counts\nthe stones",
        "flour\nsugar\nfour eggs\na pinch of salt",
        "The pier opened on Tuesday.\nIt is 300 metres long.\nThe mayor cut a ribbon.",
        "Pier opens in June after long delay and a quarrel over who should pay\n"
        "Ferry fares rise again as board looks for money to mend the old quay\n"
        "Council votes on Friday about a second pier on the far side of the bay",
    ],
)
def test_verse_lists_and_one_paragraph_a_line_keep_their_lines(text: str) -> None:
    assert clean_text(text, word_ranks=RANKS) == text


@settings(deadline=None)
@given(st.lists(st.sampled_from(WRAPPED.split()), min_size=30, max_size=120), st.integers(60, 90))
def test_unwrapping_changes_white_space_only(words: list[str], width: int) -> None:
    import textwrap

    wrapped = textwrap.fill(" ".join(words), width)
    assert join_broken_lines(wrapped, {}).split() == wrapped.split()


@settings(deadline=None)
@given(messy_texts)
def test_removing_boilerplate_only_removes_lines(raw: str) -> None:
    text = re.sub(r"\n{3,}", "\n\n", normalise_characters(raw)).strip("\n")
    kept = [line for line in remove_boilerplate(text).split("\n") if line]
    lines = iter(text.split("\n"))
    assert all(line in lines for line in kept)


@pytest.mark.parametrize(
    "piece",
    [
        *("<", "[", "(", "*", "_", "#", "&", "&amp;", " ", "\n", "\r", "-\n", "a\n", "<a ", "<!--"),
        *(
            "<script>",
            "[a](",
            "[a](b.c(",
            "![",
            "**a ",
            "\ud800",
            "\u0301",
            "tr\nade\n",
            "x" * 60 + "\n",
        ),
        *("Latest Posts\n\n", "Advertisement\n", "share | ", "[x=", "U.S.\n", "<<b>b>"),
    ],
)
def test_a_long_run_of_one_thing_is_cleaned(piece: str) -> None:
    raw = (piece * (300_000 // len(piece) + 1))[:300_000]
    assert len(clean_text(raw, word_ranks=RANKS)) <= 2 * len(raw)


def test_deep_nesting_ends() -> None:
    assert clean_text("<" * 500 + "b" + ">" * 500)
    assert clean_text("[" * 100_000 + "]" * 100_000)


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        ("  The <b>pier</b>\n opens\u200b ", "The pier opens"),
        ("Latest Posts", "Latest Posts"),
        ("# The pier", "The pier"),
        ("one two three four", "one two three…"),
        ("unbreakablesingleword", "unbreakablesin…"),
    ],
)
def test_clean_line(raw: str, line: str) -> None:
    assert clean_line(raw, max_chars=15) == line


@settings(deadline=None)
@given(st.text(), st.integers(2, 30))
def test_a_shortened_line_fits(line: str, max_chars: int) -> None:
    assert len(shorten(line, max_chars)) <= max_chars


def test_a_day_below_a_headline_stays_on_its_line() -> None:
    text = "Le four ferme\n1er mars 2024\n\nIl a cent ans."
    assert clean_text(text) == text
