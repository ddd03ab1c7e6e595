"""JSON Lines: one article per line."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.adding.load import count_articles, load_articles
from index.types import Article, Skip
from text_files import collection, only_article, only_skip, write


def test_a_collection(tmp_path: Path) -> None:
    path = collection(
        tmp_path / "wire.jsonl",
        [
            {
                "id": "w-1",
                "title": "Quay <b>closed</b>",
                "text": "The quay is closed.",
                "date": "2024-10-21T09:30:00+09:00",
                "url": "https://www.Gazette.example:8080/quay",
                "source": "Corvane Wire",
            },
            {
                "id": 7,
                "text": "The pier is open.",
                "date": "21 October 2024",
                "source": "Corvane Wire",
            },
            {
                "text": "The ferry is late.",
                "outlet": "The Gazette",
                "source": "https://a.example/f_x_",
            },
            {
                "text": "The boat is new.",
                "url": "http://[::1",
                "source": "archive/boats.txt",
                "date": None,
                "title": 12,
            },
        ],
    )
    articles = [item for item in load_articles([path]) if isinstance(item, Article)]
    place = str(path.resolve())
    assert [article.article_id for article in articles[:2]] == ["w-1", "7"]
    assert (
        articles[2].article_id
        == hashlib.sha256(f"{place}\0The ferry is late.".encode()).hexdigest()[:12]
    )
    assert [article.title for article in articles] == [
        "Quay closed",
        "The pier is open.",
        "The ferry is late.",
        "12",
    ]
    assert [article.published for article in articles] == [date(2024, 10, 21)] * 2 + [None] * 2
    assert [article.outlet for article in articles] == [
        "gazette.example",
        "Corvane Wire",
        "The Gazette",
        "",
    ]
    assert [article.source for article in articles] == [
        *("https://www.Gazette.example:8080/quay", "Corvane Wire", "https://a.example/f_x_"),
        "http://[::1",
    ]
    assert {article.origin for article in articles} == {place}
    assert count_articles([path]) == 4


def test_an_article_without_a_source_is_found_by_its_line(tmp_path: Path) -> None:
    path = write(tmp_path / "wire.jsonl", '\n{"text": "The quay is closed."}')
    assert only_article(path).source == f"{path.resolve()}:2"
    assert count_articles([path]) == 2


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not JSON (Expecting property name enclosed in double quotes at column 2)"),
        ("text", "not JSON (Expecting value at column 1)"),
        (
            '{"text": "a", "id": ' + "9" * 5_000 + "}",
            "unreadable JSON (too deep or too large)",
        ),
        ('["The quay is closed."]', "not a JSON object"),
        ("null", "not a JSON object"),
        ("{}", "'text' is missing"),
        ('{"text": null}', "'text' is missing"),
        ('{"text": " \\n"}', "'text' is empty or not a string"),
        ('{"text": 12}', "'text' is empty or not a string"),
        ('{"text": "Advertisement"}', "no text is left after cleaning"),
        ('{"text": "a", "id": ""}', "'id' is blank, unprintable or longer than 200 characters"),
        (
            '{"text": "a", "id": "a\\u0007"}',
            "'id' is blank, unprintable or longer than 200 characters",
        ),
        (
            '{"text": "a", "id": "\\ud800"}',
            "'id' is blank, unprintable or longer than 200 characters",
        ),
        (
            '{"text": "a", "id": "' + "x" * 201 + '"}',
            "'id' is blank, unprintable or longer than 200 characters",
        ),
        ('{"text": "a", "id": true}', "'id' is neither a string nor an integer"),
        ('{"text": "a", "id": 1.5}', "'id' is neither a string nor an integer"),
        (
            '{"text": "' + "quay " * 4_000 + '"}',
            "more than 10,000 bytes, the limit for one article",
        ),
        ("x" * 50_000, "more than 10,000 bytes, the limit for one article"),
    ],
)
def test_a_bad_line_is_named_and_the_others_go_in(tmp_path: Path, line: str, reason: str) -> None:
    good = '{"text": "The quay is closed.", "id": "%s"}'
    path = write(tmp_path / "wire.jsonl", f"{good % 'a'}\n\n{line}\n{good % 'b'}\n")
    loaded = list(load_articles([path], max_file_bytes=10_000))
    assert loaded[1] == Skip(f"{path}:3", reason)
    assert [item.article_id for item in loaded if isinstance(item, Article)] == ["a", "b"]


def test_brackets_without_end_are_no_json(tmp_path: Path) -> None:
    assert only_skip(write(tmp_path / "wire.jsonl", "[" * 100_000)).reason.startswith(
        "unreadable JSON"
    )


def test_repeated_ids_name_both_lines(tmp_path: Path) -> None:
    record = {"id": "a", "text": "The quay is closed."}
    changed = {"id": "a", "text": "The quay is open."}
    path = collection(
        tmp_path / "wire.jsonl", [record, changed, record, {"text": "x y"}, {"text": "x y"}]
    )
    other = collection(tmp_path / "other.jsonl", [changed])
    skips = [item for item in load_articles([path, other]) if isinstance(item, Skip)]
    assert skips[:2] == [
        Skip(f"{path}:2", "id 'a' already used on line 1"),
        Skip(f"{path}:3", "id 'a' already used on line 1, with the same content"),
    ]
    assert skips[2].source == f"{path}:5"
    assert skips[2].reason.endswith("already used on line 4, with the same content")
    assert skips[3] == Skip(f"{other}:1", f"id 'a' already used at '{path}:1'")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_collections_in_unicode(tmp_path: Path, encoding: str) -> None:
    line = json.dumps({"text": "The café’s quay."}, ensure_ascii=False)
    path = write(tmp_path / "wire.jsonl", f"{line}\r\n".encode(encoding))
    assert only_article(path).text == "The café’s quay."


def test_a_line_in_another_encoding_is_read(tmp_path: Path) -> None:
    lines = ['{"text": "Größer"}'.encode(), '{"text": "The café’s quay."}'.encode("cp1252")]
    articles = list(load_articles([write(tmp_path / "wire.jsonl", b"\n".join(lines))]))
    assert [item.text for item in articles if isinstance(item, Article)] == [
        "Größer",
        "The café’s quay.",
    ]


@pytest.mark.parametrize("content", ["", "\n\n \n"])
def test_an_empty_collection(tmp_path: Path, content: str) -> None:
    assert only_skip(write(tmp_path / "wire.jsonl", content)).reason == "empty file"


def test_an_unreadable_collection(tmp_path: Path) -> None:
    path = tmp_path / "wire.jsonl"
    path.symlink_to("/proc/self/mem")
    assert only_skip(path).reason == "input/output error"
    assert count_articles([path]) == 0


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["text", "id", "title", "date", "source", "outlet", "url"]),
        st.one_of(
            st.none(),
            st.booleans(),
            st.integers(),
            st.floats(),
            st.text(),
            st.lists(st.text(), max_size=2),
        ),
    )
)
def test_any_record_is_an_article_or_a_skip(
    tmp_path_factory: pytest.TempPathFactory, record: dict[str, object]
) -> None:
    path = collection(tmp_path_factory.getbasetemp() / "any.jsonl", [record])
    (loaded,) = load_articles([path])
    if isinstance(loaded, Article):
        assert loaded.text
        assert loaded.title == " ".join(loaded.title.split()) != ""
        for value in (loaded.article_id, loaded.title, loaded.source, loaded.outlet, loaded.origin):
            value.encode("utf-8")
            assert "\n" not in value
    else:
        assert loaded.reason.isprintable()


def test_the_title_of_a_draft_sends_a_terminal_nothing(tmp_path: Path) -> None:
    record = {"title": "Mill\x1b[2J \u202eburns", "status": "draft", "text": "It has burnt down."}
    path = collection(tmp_path / "drafts.jsonl", [record])
    assert only_skip(path).reason == "“Mill\\x1b[2J \\u202eburns”: a draft; --drafts adds it"
