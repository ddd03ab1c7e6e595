"""Loading: paths and files of every kind -> articles, or skips that say why."""

from __future__ import annotations

import hashlib
import json
import os
import socket
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.adding.load import count_articles, load_articles
from index.errors import ArticleFormatError
from index.formats.files import SourceFile, open_file, printable
from index.formats.load_text import split_front_matter
from index.formats.registry import LOADERS
from index.text.encodings import decode
from index.types import Article, Skip

TEXT = "Quay closed after storm\n\nThe harbour board of Saltmere has closed the old quay.\n"


def write(path: Path, content: str | bytes = TEXT) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def collection(path: Path, records: Iterable[object]) -> Path:
    return write(path, "".join(json.dumps(record) + "\n" for record in records))


def only_article(*paths: Path) -> Article:
    (loaded,) = load_articles(paths)
    assert isinstance(loaded, Article), loaded
    return loaded


def only_skip(*paths: Path | str, max_file_bytes: int = 20_000_000) -> Skip:
    (loaded,) = load_articles(paths, max_file_bytes=max_file_bytes)
    assert isinstance(loaded, Skip), loaded
    assert "\n" not in loaded.reason
    assert loaded.source.isprintable()
    assert loaded.reason.isprintable()
    return loaded


# --- files


def test_a_text_file(tmp_path: Path) -> None:
    path = write(tmp_path / "quay.txt")
    article = only_article(path)
    assert article.title == "Quay closed after storm"
    assert article.text == TEXT.strip()
    assert article.source == article.origin == str(path.resolve())
    assert article.article_id == hashlib.sha256(bytes(path.resolve())).hexdigest()[:12]
    assert article.published is None
    assert article.outlet == ""


def test_the_id_of_a_file_outlives_its_content(tmp_path: Path) -> None:
    path = write(tmp_path / "quay.txt")
    before = only_article(path)
    write(path, "The quay is open again.")
    after = only_article(path)
    assert (before.article_id, before.text) != (after.article_id, after.text)
    assert before.article_id == after.article_id


def test_a_relative_path_and_a_link_give_the_same_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "quay.txt")
    link = tmp_path / "link.txt"
    link.symlink_to(path)
    monkeypatch.chdir(tmp_path)
    ids = {only_article(given).article_id for given in (path, Path("quay.txt"), link)}
    assert len(ids) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty file"),
        (b" \r\n\t ", "empty file"),
        (b"\x00" * 300, "binary data, not text"),
        (bytes(range(256)) * 20, "binary data, not text"),
        (b"%PDF-1.7\nplain looking text of a document", "a PDF, not text"),
        (b"PK\x03\x04 and so on", "a ZIP archive or an office document, not text"),
        ("Advertisement\n\nShare this\n", "no text is left after cleaning"),
        ("\ufeff\u200b\u202e\n", "no text is left after cleaning"),
        ("---\ntitle: Quay\n---\n", "no text is left after cleaning"),
    ],
)
def test_files_that_hold_no_article(tmp_path: Path, content: str | bytes, reason: str) -> None:
    path = write(tmp_path / "a.txt", content)
    assert only_skip(path) == Skip(str(path), reason)


def test_a_file_over_the_cap_says_both_sizes(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "quay " * 1000)
    skip = only_skip(path, max_file_bytes=2_000)
    assert skip.reason == "5,000 bytes, over the limit of 2,000 for one article"
    with path.open("r+b") as sparse:
        sparse.truncate(1 << 40)
    assert "1,099,511,627,776" in only_skip(path).reason


def test_what_is_not_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.txt")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket.txt"))
        assert only_skip(tmp_path / "socket.txt").reason == "a socket, not a file"
    assert only_skip(tmp_path / "fifo.txt").reason == "a FIFO, not a file"
    assert only_skip("/dev/zero").reason == "a device, not a file"
    device = tmp_path / "device.txt"
    device.symlink_to("/dev/zero")
    assert only_skip(device).reason == "a device, not a file"
    assert only_skip(tmp_path / "none.txt").reason == "no such file or folder"
    assert only_skip("nul\x00byte.txt").reason == "embedded null byte"
    assert "too long" in only_skip("x" * 5000).reason
    loop = tmp_path / "loop.txt"
    loop.symlink_to(loop)
    assert only_skip(loop).reason == "a symbolic link that leads to itself"


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    # A regular file that even root gets an error from.
    unreadable = tmp_path / "memory.txt"
    unreadable.symlink_to("/proc/self/mem")
    assert only_skip(unreadable).reason == "input/output error"


def test_a_file_that_turns_into_something_else_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    file = SourceFile(path=path, name="a.txt", suffix=".txt")
    os.mkfifo(path)
    with pytest.raises(ArticleFormatError, match="a FIFO, not a file"):
        open_file(file)
    path.unlink()
    path.symlink_to(write(tmp_path / "b.txt"))
    with pytest.raises(ArticleFormatError, match=r"a\.txt: "):
        open_file(file)


@pytest.mark.parametrize("name", ["a.rtf", "a.TXT.bak", "Makefile", "a.\x1b[2J"])
def test_unsupported_formats_are_named(tmp_path: Path, name: str) -> None:
    skip = only_skip(write(tmp_path / name))
    assert "not supported" in skip.reason or "no suffix" in skip.reason
    assert all(suffix in skip.reason for suffix in LOADERS)


@pytest.mark.parametrize(
    "name", ["line\nbreak.txt", "\x1b[31mred.txt", "\u202etxt.exe.txt", "b\udcff\udc80.txt"]
)
def test_hostile_names_are_escaped(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write(path, "The quay is closed until spring.")
    article = only_article(path)
    assert article.source.isprintable()
    assert article.origin.isprintable()
    assert article.title == "The quay is closed until spring."
    article.source.encode("utf-8")
    assert only_skip(write(path, b"")).source == printable(path)


# --- folders


def test_a_folder_is_walked_in_order(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.txt", "a/b/c.markdown", "c.TEXT", ".hidden.txt", ".git/x.txt"):
        write(tmp_path / name, f"The article of {name}.")
    write(tmp_path / "lib" / "record.sqlite3")
    write(tmp_path / "lib" / "x.txt")
    write(tmp_path / "photo.jpeg")
    loaded = list(load_articles([tmp_path]))
    names = [Path(item.source).relative_to(tmp_path).as_posix() for item in loaded]
    assert names == ["a/b/c.markdown", "a/z.txt", "b.txt", "c.TEXT", "photo.jpeg"]
    assert [type(item) for item in loaded] == [Article] * 4 + [Skip]
    assert count_articles([tmp_path]) == 5


def test_folders_without_articles(tmp_path: Path) -> None:
    write(tmp_path / "empty" / ".hidden")
    write(tmp_path / "library" / "record.sqlite3")
    assert only_skip(tmp_path / "empty").reason == "no files in this folder"
    assert only_skip(tmp_path / "library").reason == "this is a library, not a folder of articles"


def test_links_inside_a_folder(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside.txt")
    folder = tmp_path / "folder"
    write(folder / ".store" / "quay.txt")
    (folder / "in.txt").symlink_to(folder / ".store" / "quay.txt")
    (folder / "loop.txt").symlink_to(folder / "loop.txt")
    (folder / "nothing.txt").symlink_to(folder / "gone.txt")
    (folder / "out.txt").symlink_to(outside)
    (folder / "up").symlink_to(folder)
    (folder / "up2").symlink_to(tmp_path)
    found = {Path(item.source).name: item for item in load_articles([folder])}
    assert isinstance(found.pop("quay.txt"), Article)
    assert {name: item.reason for name, item in found.items() if isinstance(item, Skip)} == {
        "loop.txt": "a symbolic link that leads to itself",
        "nothing.txt": "no such file or folder",
        "out.txt": "a symbolic link that leads out of the folder",
        "up": "a symbolic link to a folder",
        "up2": "a symbolic link that leads out of the folder",
    }


def test_a_folder_may_be_named_by_a_link_and_be_deep(tmp_path: Path) -> None:
    deep = tmp_path.joinpath("real", *["d"] * 300)
    write(deep / "quay.txt")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert only_article(tmp_path / "link").source == str(deep.resolve() / "quay.txt")


def test_a_file_given_twice_is_read_once(tmp_path: Path) -> None:
    path = write(tmp_path / "quay.txt")
    first, second = load_articles([path, tmp_path])
    assert isinstance(first, Article)
    assert second == Skip(str(path), f"already read as '{path}'")


def test_articles_come_one_at_a_time(tmp_path: Path) -> None:
    write(tmp_path / "a.txt")
    loaded = load_articles([tmp_path / "a.txt", tmp_path / "b.txt"])
    assert isinstance(next(loaded), Article)
    write(tmp_path / "b.txt")
    assert isinstance(next(loaded), Article)


# --- encodings

SPEECHES = {
    "english": "The café’s owner, José Núñez, said “no” – twice.",
    "french": "Le président a déclaré que la réunion était annulée à cause de la grève.",
    "german": "Die Regierung erklärte, größere Änderungen müssten später geprüft werden.",
    "polish": "Rząd ogłosił, że spotkanie zostało odwołane; źródła mówią o kłopotach.",
    "russian": "Правительство объявило, что встреча отменена из-за забастовки.",
    "greek": "Η κυβέρνηση ανακοίνωσε ότι η συνάντηση ακυρώθηκε.",
    "japanese": "政府は会議が中止されたと発表した。これは重要です。",
    "chinese": "政府宣布会议取消了。这是重要的新闻报道。",
    "korean": "정부는 회의가 취소되었다고 발표했다.",
}


@pytest.mark.parametrize(
    ("encoding", "speech"),
    [
        *(
            (encoding, speech)
            for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32")
            for speech in SPEECHES
        ),
        *(("cp1252", speech) for speech in ("english", "french", "german")),
        *(("mac_roman", speech) for speech in ("english", "french", "german")),
        *(("cp850", speech) for speech in ("french", "german")),
        ("utf-16-le", "english"),
        ("utf-16-be", "french"),
        ("cp1250", "polish"),
        ("cp1251", "russian"),
        ("koi8_r", "russian"),
        ("cp1253", "greek"),
        ("shift_jis", "japanese"),
        ("gb18030", "chinese"),
        ("euc_kr", "korean"),
    ],
)
@pytest.mark.parametrize("repeats", [1, 200])
def test_encodings_are_detected(encoding: str, speech: str, repeats: int) -> None:
    text = " ".join([SPEECHES[speech]] * repeats)
    assert decode(text.encode(encoding), name="a.txt").removeprefix("\ufeff") == text


def test_a_few_broken_bytes_do_not_spoil_utf8() -> None:
    sound = "“Ja” – größer, später, größer".encode()
    assert decode(sound + b" \x93x\x94", name="a") == "“Ja” – größer, später, größer “x”"
    assert decode(b"a stray \x00 is no reason", name="a") == "a stray \x00 is no reason"


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_text_or_refused(data: bytes) -> None:
    try:
        assert isinstance(decode(data, name="a"), str)
    except ArticleFormatError as error:
        assert str(error).isprintable()  # noqa: PT017  (either outcome is right)


# --- titles, dates and front matter


@pytest.mark.parametrize(
    ("name", "content", "title"),
    [
        ("a.txt", "---\ntitle: From the fields\n---\n# Heading\n\nText of it.", "From the fields"),
        ("a.md", "Lead line of the page.\n\n# The heading #\n\nText of it.", "The heading"),
        ("a.md", "The [quay](https://a.example)\n=======\n\nText of it.", "The quay"),
        ("a.md", "```\ncode\n```\n\nQuay news\n\nText of it.", "code"),
        ("a.txt", "First line\n\nText of it.", "First line"),
        ("a.txt", "21 October 2024\nBy Ann Reed\n\nQuay closed\n\nText of it.", "Quay closed"),
        ("a.txt", "Advertisement\n\nQuay closed\n\nText of it.", "Quay closed"),
        (
            "a.txt",
            "The quay has been closed by the board. " + "More of this follows here. " * 9,
            "The quay has been closed by the board.",
        ),
        ("a.txt", "quay " * 100, "quay " * 23 + "quay…"),
        ("old-quay_of  Saltmere.txt", "1, 2, 3.", "old quay of Saltmere"),
        ("---.txt", "1, 2, 3.", "Untitled"),
        ("a.txt", f"---\ntitle: {'quay ' * 200}\n---\nText of it.", "quay " * 59 + "quay…"),
        ("a.txt", "---\ntitle: |\n  Two\n  \x07lines\n---\nText of it.", "Two lines"),
        ("a.md", "---\ntitle: ''\n---\n## Heading\n\nText of it.", "Heading"),
    ],
)
def test_titles(tmp_path: Path, name: str, content: str, title: str) -> None:
    article = only_article(write(tmp_path / name, content))
    assert article.title == title
    assert len(article.title) <= 300


def test_front_matter(tmp_path: Path) -> None:
    yaml = (
        "---\nTitle: 'Quay closed'\ndate: 2024-10-21T09:30:00Z\n"
        "link: https://www.a.example/quay\ntags: [sea]\n---\n"
    )
    toml = '+++\ntitle = "Quay closed"\npublished = 2024-10-21\npublisher = "a.example"\n+++\n'
    for fields in (yaml, toml, "\ufeff" + yaml, yaml.replace("\n", "\r\n")):
        article = only_article(write(tmp_path / "quay.md", fields + "The board has closed it."))
        assert article.title == "Quay closed"
        assert article.published == date(2024, 10, 21)
        assert article.outlet == "a.example"
        assert article.text == "The board has closed it."


@pytest.mark.parametrize(
    ("block", "fields"),
    [
        ("title: Yes\ndate: 12:30", {"title": "Yes", "date": "12:30"}),
        ("title: Saltmere: quay closed", {"title": "Saltmere: quay closed"}),
        ("title: &a Quay\nsource: *a", {"title": "&a Quay", "source": "*a"}),
        ("title: !!python/name:os.system Quay", {"title": "Quay"}),
        ("title: Quay\n" + "x: [" * 3_000, None),
        ("title: " + "[" * 10_000, None),
        ("- " * 6_000, {}),
        ("Only a line of prose.", {}),
        ("", {}),
    ],
)
def test_front_matter_is_read_as_strings_or_not_at_all(
    block: str, fields: dict[str, str] | None
) -> None:
    text = f"---\n{block}\n---\nText of it.\n"
    found, rest = split_front_matter(text)
    if fields is None:
        assert set(map(type, found.values())) <= {str}
    else:
        assert found == fields
        assert rest == ("Text of it.\n" if fields else text)


@pytest.mark.parametrize(
    "block", ["title = Quay closed", "title = 'Quay closed'\nx = " + "[" * 5_000]
)
def test_broken_toml_is_read_by_line(block: str) -> None:
    fields, rest = split_front_matter(f"+++\n{block}\n+++\nText of it.\n")
    assert fields["title"] == "Quay closed"
    assert rest == "Text of it.\n"


def test_an_alias_bomb_stays_small() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]"
        for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    fields, _ = split_front_matter("---\n" + "\n".join(lines) + "\n---\nText of it.\n")
    assert fields["i"] == "&i [" + ", ".join(["*h"] * 9) + "]"


def test_an_endless_block_is_not_front_matter(tmp_path: Path) -> None:
    text = "---\n" + "key: value\n" * 5_000 + "---\nText of it.\n"
    assert split_front_matter(text) == ({}, text)
    assert only_article(write(tmp_path / "a.txt", text)).text.endswith("Text of it.")


def test_the_date_is_never_the_files_own(tmp_path: Path) -> None:
    path = write(tmp_path / "2024-10-21-quay.txt")
    os.utime(path, (0, 0))
    assert only_article(path).published is None
    write(path, f"Published 21 October 2024\n\n{TEXT}")
    assert only_article(path).published == date(2024, 10, 21)


def test_markdown_becomes_plain_text(tmp_path: Path) -> None:
    markdown = """\
# Quay *closed*

> “It is `unsafe`,” said [Ann Reed](https://a.example/reed).

## Why

* The storm of 5\\. May
* The age of the quay

| Year | Metres |
|------|-------:|
| 1921 | 300    |

```
a < b
```
"""
    assert only_article(write(tmp_path / "quay.md", markdown)).text.split("\n") == [
        *("Quay closed", "", "“It is unsafe,” said Ann Reed.", "", "Why", ""),
        *("- The storm of 5. May", "- The age of the quay", ""),
        *("| Year | Metres |", "", "| 1921 | 300 |", "", "a < b"),
    ]


# --- collections


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
