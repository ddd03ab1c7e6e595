"""The check of a draft as lines, JSON, Markdown and a page."""

from __future__ import annotations

import html.parser
import json
from dataclasses import replace
from datetime import date

from index.types import Article
from rag.drafts.checked import CheckedQuotation, CheckedSentence, DraftCheck, DraftVerdict
from rag.drafts.wording import find_wording
from rag.types import Citation
from ui.draft_report import (
    describe_counts,
    describe_draft,
    draft_fields,
    draft_rows,
    draft_to_markdown,
    render_draft,
)

EVIL = '<script>alert(1)</script>"\x1b[2J{{ 7*7 }} [1]'
TEXT = f"Before. “We will never pay,” said {EVIL}. After."
ARTICLE = Article(
    "one", EVIL, TEXT, source="/srv/news/one.md", outlet="Post", published=date(2025, 3, 6)
)


def make_check(article: Article = ARTICLE) -> DraftCheck:
    citation = replace(Citation.of_place(article, 0, len(TEXT), 1), answer_span=(8, len(TEXT) - 7))
    wording = find_wording("We will always pay", TEXT)
    assert wording
    quotation = CheckedQuotation(1, 19, "We will always pay", False, wording, citation)
    return DraftCheck(
        EVIL,
        3,
        (
            CheckedSentence(
                *(0, 30, f"“We will always pay” {EVIL}", DraftVerdict.CONTRADICTED, EVIL, (1, 19)),
                citations=(citation,),
                corrections=(citation,),
                answers=(citation,),
                quotations=(quotation,),
            ),
            CheckedSentence(31, 40, "Who pays?", DraftVerdict.NOT_CHECKED, "a question"),
        ),
    )


class _Page(html.parser.HTMLParser):
    """Collects what a page is made of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_loads_and_runs_nothing() -> None:
    page = _Page(render_draft(make_check()))
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "link", "img", "iframe", "a", "form"}
    assert not any(
        name in {"src", "href"} or name.startswith("on") for _, a in page.tags for name in a
    )
    policy = next(attrs["content"] for tag, attrs in page.tags if "http-equiv" in attrs and tag)
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"
    assert "<script>alert(1)</script>" in page.text
    assert "\x1b" not in page.text
    assert {"del", "ins", "mark"} <= names


def test_json_has_everything_and_no_folder() -> None:
    fields = json.loads(json.dumps(draft_fields(make_check())))
    assert (fields["sentences"], fields["checked"]) == (3, 2)
    assert fields["counts"]["contradicted"] == fields["counts"]["nothing to check"] == 1
    first = fields["results"][0]
    assert first["passages"][0]["source"] == "one.md"
    assert ["draft", "always"] in first["quotations"][0]["differences"]
    assert "/srv" not in json.dumps(fields)


def test_lines_are_clean_and_say_what_was_left() -> None:
    lines = list(describe_draft(make_check(), 80))
    assert not any("\x1b" in line for line in lines)
    text = " ".join(" ".join(lines).split())
    assert "CONTRADICTED" in text
    assert "[-always-] {+never+}" in text
    assert "Correction: “" in text
    assert "In answer: “" in text
    assert describe_counts(make_check()) == (
        "2 sentences: 1 contradicted, 1 nothing to check; 1 left"
    )


def test_markdown_is_escaped() -> None:
    text = "\n".join(draft_to_markdown(make_check()))
    assert "<script>" not in text
    assert "~~always~~ **never**" in text
    assert text.startswith("# ")


def test_an_article_is_named_by_its_title() -> None:
    article = replace(ARTICLE, article_id="6a87b65e77a9", title="Who pays?", outlet="")
    check = make_check(article)
    faces = (
        " ".join("\n".join(describe_draft(check, 80)).split()),
        "\n".join(draft_to_markdown(check)),
        _Page(render_draft(check)).text,
    )
    for shown in faces:
        assert "6a87b65e77a9" not in shown
        assert "Who pays?" in shown
    assert f"(6 March 2025; Who pays?, characters 0–{len(TEXT)})" in faces[0]
    assert {"title": "Who pays?", "credit": f"6 March 2025, characters 0–{len(TEXT)}"}.items() <= (
        draft_rows(check)[0]["passages"][1].items()
    )
