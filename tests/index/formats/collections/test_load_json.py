"""JSON and JSON Lines: lists of records, envelopes, and what is neither."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.formats.collections.load_json import load_json
from index.types import Skip
from loading import articles, load, only_article, only_reason, reasons, source_file

RECORDS: list[dict[str, object]] = [
    {"title": "Quay closed", "text": "The quay is closed.", "date": "2024-10-21"},
    {"headline": "Ferry late", "body": "The ferry was late.", "tags": ["sea", {"a": 1}]},
]


def write(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "value",
    [
        RECORDS,
        {"articles": RECORDS, "status": "ok"},
        {"status": "ok", "meta": {"items": 2}, "results": RECORDS},
        {"response": {"total": 2, "docs": RECORDS}},
        {
            "hits": {
                "total": 2,
                "hits": [{"_id": str(n), "_source": r} for n, r in enumerate(RECORDS)],
            }
        },
        {"data": {"items": RECORDS}},
    ],
)
def test_lists_of_records(tmp_path: Path, value: object) -> None:
    path = write(tmp_path / "wire.json", value)
    found = articles(load(path))
    assert [article.title for article in found] == ["Quay closed", "Ferry late"]
    assert [article.text for article in found] == ["The quay is closed.", "The ferry was late."]
    assert [article.source for article in found] == [f"{path.resolve()}#{n}" for n in (1, 2)]
    assert {article.origin for article in found} == {str(path.resolve())}


def test_one_record_and_several(tmp_path: Path) -> None:
    record = {**RECORDS[0], "items": [{"a": 1}], "comments": [{"text": "No."}]}
    assert only_article(load(write(tmp_path / "a.json", record))).title == "Quay closed"
    path = tmp_path / "b.json"
    path.write_text("\n".join(map(json.dumps, RECORDS)), encoding="utf-8")
    assert [article.title for article in articles(load(path))] == ["Quay closed", "Ferry late"]


@pytest.mark.parametrize("suffix", [".json", ".jsonl", ".ndjson"])
def test_keys_that_the_user_names(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path / f"a{suffix}", {"Kopf": "Quay", "data": {"Inhalt2": "It is closed."}})
    columns = (("title", "Kopf"), ("text", "data.Inhalt2"))
    article = only_article(load(path, columns=columns))
    assert (article.title, article.text) == ("Quay", "It is closed.")
    assert only_reason(load(path)) == "'text' is missing"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.json"
    text = json.dumps({"text": "The café’s quay – “closed” – is größer."}, ensure_ascii=False)
    path.write_bytes(text.encode(encoding))
    assert only_article(load(path)).text == "The café’s quay – “closed” – is größer."


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "empty file"),
        ("[]", "JSON without a record"),
        ("The quay is closed.", "invalid or incomplete JSON (lexical error"),
        ("[1]", "not a JSON object"),
        ('"quay"', "not a JSON object"),
        ("{}", "'text' is missing"),
        ('{"text": NaN}', "invalid or incomplete JSON"),
        ('{"text": "a", "n": 1e999999}', "invalid or incomplete JSON"),
        ("[" * 50_000, "invalid or incomplete JSON"),
        ('{"text": ' + "9" * 100_000 + "}", "a number of 4,000 digits; reading ends there"),
        ("[" + " " * 65_000 + "9" * 4_500 + "]", "a number of 4,000 digits"),
    ],
)
def test_what_is_no_record(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(content, encoding="utf-8")
    assert only_reason(load(path)).startswith(reason)


def test_what_comes_before_the_damage_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", RECORDS)
    path.write_bytes(path.read_bytes()[:-20])
    loaded = load(path)
    assert [article.title for article in articles(loaded)] == ["Quay closed"]
    assert reasons(loaded)[0].startswith("invalid or incomplete JSON")


def test_records_that_are_too_large_or_too_deep(tmp_path: Path) -> None:
    deep: object = "quay"
    for _ in range(70):
        deep = [deep]
    value = [RECORDS[0], {"text": "quay " * 500}, {"text": "a", "x": deep}, RECORDS[1]]
    path = write(tmp_path / "a.json", value)
    loaded = load(path, max_bytes=2_000)
    assert [article.title for article in articles(loaded)] == ["Quay closed", "Ferry late"]
    assert [item for item in loaded if isinstance(item, Skip)] == [
        Skip(f"{path}#2", "more than 2,000 bytes, the limit for one article"),
        Skip(f"{path}#3", "lists and objects nested in more than 64 levels"),
    ]


def test_a_large_file_is_not_held_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with path.open("w", encoding="utf-8") as stream:
        stream.write("[")
        for number in range(600):
            text = f"Number {number}. " + "The quay is closed. " * 500
            stream.write(("," if number else "") + json.dumps({"text": text}))
        stream.write("]")
    assert path.stat().st_size > 6_000_000
    tracemalloc.start()
    try:
        n_records = sum(1 for _ in load_json(source_file(path), 1_000))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert n_records == 600
    assert peak < 2_000_000


@given(st.binary(max_size=200))
def test_any_bytes_give_articles_or_skips(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_bytes(data)
    assert load(path)


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["text", "items", "data", "title", "date", "id", "x.item"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(_VALUES)
def test_any_value_gives_articles_or_skips(
    tmp_path_factory: pytest.TempPathFactory, value: object
) -> None:
    load(write(tmp_path_factory.getbasetemp() / "value.json", value))


def test_a_text_that_a_service_cut_off_is_named_with_its_address(tmp_path: Path) -> None:
    record = {"title": "Quay", "text": "The quay is closed because… [+1532 chars]", "url": "u"}
    record["url"] = "https://gazette.example/quay"
    reason = only_reason(load(write(tmp_path / "wire.json", [record])))
    assert reason == (
        "only the beginning of its text; 'onrecord add https://gazette.example/quay' fetches the"
        " page"
    )


@pytest.mark.parametrize("state", ["withdrawn", "draft", "embargoed", "brouillon"])
def test_what_is_not_on_record(tmp_path: Path, state: str) -> None:
    record = {"title": "Quay", "text": "The quay is closed.", "status": state}
    assert "--drafts adds it" in only_reason(load(write(tmp_path / "wire.json", [record])))
