"""The lines of an article's text: nothing is added or left out, and each looks like what it is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ui.web.page.article_text import lay_out_text

ARTICLE = """\
What is known

The harbour board meets today.
- The ferry costs 4 crowns.
2) The toll is gone.

Party | Seats
Party: Meadow | Seats: 12
“Nobody has asked us about any of this in the past nine weeks.”
> A quoted mail.
"""
lines = st.lists(st.sampled_from([*ARTICLE.split("\n"), "a\tb", " | ", "\r", "😀 x"]), max_size=9)


def test_lines_look_like_what_they_are() -> None:
    start = ARTICLE.index("12")
    found = list(lay_out_text(ARTICLE, (0, len(ARTICLE)), (start, start + 2), {0}))
    assert [line.kind for line in found] == [
        "heading", "gap", "text", "item", "item", "gap", "row", "row", "quotation", "quotation",
    ]  # fmt: skip
    assert [(span.kind, span.pieces) for span in found[7].spans] == [
        ("cell", (("Party: Meadow", False),)),
        ("unseen", ((" | ", False),)),
        ("cell", (("Seats: ", False), ("12", True))),
        ("unseen", (("\n", False),)),
    ]


@given(lines, st.integers(0, 60), st.integers(0, 60), st.integers(0, 40))
def test_the_pieces_are_the_text(parts: list[str], start: int, end: int, first: int) -> None:
    text = "\n".join(parts)
    place = (min(start, len(text)), min(max(start, end), len(text)))
    pieces = [
        piece
        for line in lay_out_text(text, (0, len(text)), place, ())
        for span in line.spans
        for piece in span.pieces
    ]
    assert "".join(piece for piece, _ in pieces) == text
    assert "".join(piece for piece, is_marked in pieces if is_marked) == text[slice(*place)]
    rest = lay_out_text(text, (first, len(text)), (0, 0), ())
    shown = [piece for line in rest for span in line.spans for piece, _ in span.pieces]
    assert "".join(shown) == text[first:]
