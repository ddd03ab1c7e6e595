from __future__ import annotations

import json
from pathlib import Path

import pytest

from index.adding.uploads import MAX_NAME_CHARS, Upload, clean_name, load_uploads
from index.types import Loaded
from onrecord import Article, Library, Skip

TEXT = "Tram line opens\n\nThe tram to Quill opened on Monday. It runs every nine minutes.\n"


def arrive(folder: Path, name: str, content: str | bytes, shown: str = "") -> Upload:
    """Return an upload as the server keeps it: in a folder that nobody chose."""
    path = folder / f"upload-{abs(hash((name, content)))}" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return Upload(path, shown or name)


def load(*uploads: Upload) -> list[Loaded]:
    return list(load_uploads(uploads))


def test_the_same_file_is_the_same_article_from_wherever_it_comes(
    library: Library, tmp_path: Path
) -> None:
    first, other = tmp_path / "one", tmp_path / "two"
    first.mkdir()
    other.mkdir()
    report = library.add(load_uploads([arrive(first, "tram.txt", TEXT)]))
    assert len(report.added) == 1
    again = load_uploads([arrive(other, "tram.txt", TEXT), arrive(other, "copy.txt", TEXT)])
    assert library.add(again).unchanged == report.added * 2
    changed = library.add(load_uploads([arrive(other, "tram.txt", TEXT + "Nobody objected.\n")]))
    assert len(changed.added) == 1
    assert library.statistics().articles == 2


def test_nothing_of_the_server_s_folders_is_stored(tmp_path: Path) -> None:
    line = json.dumps({"text": "The lighthouse was sold."})
    loaded = load(arrive(tmp_path, "tram.txt", TEXT), arrive(tmp_path, "wire.jsonl", line))
    for article, source in zip(loaded, ("tram.txt", "wire.jsonl:1"), strict=True):
        assert isinstance(article, Article)
        assert article.source == source
        assert article.origin == f"upload:{source.partition(':')[0]}"
        assert str(tmp_path) not in repr(article)


def test_a_collection_that_changed_is_the_same_collection(library: Library, tmp_path: Path) -> None:
    rows = [{"id": "w1", "text": "The lighthouse was sold."}, {"text": "No id stands here."}]
    lines = [json.dumps(row) for row in rows]
    library.add(load_uploads([arrive(tmp_path, "wire.jsonl", "\n".join(lines))]))
    lines[0] = json.dumps({"id": "w1", "text": "The lighthouse was given away."})
    report = library.add(load_uploads([arrive(tmp_path, "wire.jsonl", "\n".join(lines))]))
    assert report.replaced == ("w1",)
    assert len(report.unchanged) == 1
    # Another collection may not take its ids.
    report = library.add(
        load_uploads([arrive(tmp_path, "other.jsonl", '{"id":"w1","text":"X y."}')])
    )
    assert "from 'upload:wire.jsonl'" in report.skipped[0].reason


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("x.txt", b"\x01\x02\x03\xff" * 200, "binary data"),
        ("x.txt", b"  \n", "empty file"),
        ("x.exe", b"MZ", "format '.exe' is not supported"),
        ("x", b"text", "no suffix"),
        ("x.jsonl", b"[]\n", "not a JSON object"),
        ("x.txt", b"%PDF-1.7 ...", "a PDF"),
    ],
)
def test_what_is_no_article_is_named(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    (skip,) = load(arrive(tmp_path, name, content))
    assert isinstance(skip, Skip)
    assert skip.source.partition(":")[0] == name
    assert reason in skip.reason
    assert str(tmp_path) not in skip.source + skip.reason


def test_the_kind_of_a_file_is_what_its_name_says(tmp_path: Path) -> None:
    (skip,) = load(arrive(tmp_path, "tram.txt", TEXT, shown="tram.ppt"))
    assert isinstance(skip, Skip)
    assert "'.ppt' is not supported" in skip.reason


def test_what_has_gone_and_what_is_no_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "link.txt").symlink_to(tmp_path)
    gone = [Upload(tmp_path / "gone.txt", "gone.txt"), Upload(tmp_path / "link.txt", "link.txt")]
    for loaded in load(*gone):
        assert isinstance(loaded, Skip)
        assert str(tmp_path) not in loaded.source + loaded.reason


def test_a_collection_may_be_too_long(tmp_path: Path) -> None:
    lines = "\n".join(json.dumps({"id": f"n{n}", "text": f"Line {n}."}) for n in range(9))
    upload = arrive(tmp_path, "long.jsonl", lines)
    loaded = list(load_uploads([upload], max_articles=4))
    assert [type(item) for item in loaded] == [Article] * 4 + [Skip]
    assert "only its first 4 articles" in loaded[-1].reason  # type: ignore[union-attr]
    assert len(list(load_uploads([upload], max_articles=9))) == 9


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ada\\tram.txt", "tram.txt"),
        ("a\u202etxt.exe", "a\\u202etxt.exe"),
        ("two\nlines.txt", "two\\nlines.txt"),
        ("", "unnamed"),
        ("folder/", "unnamed"),
        ("\udcff.txt", "?.txt"),
    ],
)
def test_names_are_only_shown(given: str, expected: str) -> None:
    assert clean_name(given) == expected


def test_a_long_name_keeps_its_suffix() -> None:
    name = clean_name("x" * 5_000 + ".jsonl")
    assert len(name) == MAX_NAME_CHARS
    assert name.endswith("….jsonl")
