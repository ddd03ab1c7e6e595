"""Exports of press databases in every container: each article with title, outlet and day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

import sample_exports as samples
from index.types import Skip
from loading import articles, load
from sample_exports import SAMPLES

LAYOUTS: dict[str, Callable[[], list[str]]] = {
    "nexis": samples.nexis_numbered,
    "nexis-de": lambda: samples.nexis_numbered(language="de"),
    "nexis-fr": lambda: samples.nexis_numbered(language="fr"),
    "nexis-es": lambda: samples.nexis_numbered(language="es"),
    "nexis-uni": samples.nexis_uni,
    "nexis-uni-pictured": lambda: samples.nexis_uni(is_pictured=True),
    "nexis-uni-de": lambda: samples.nexis_uni(language="de"),
    "nexis-uni-fr": lambda: samples.nexis_uni(language="fr"),
    "factiva-coded": samples.factiva_coded,
    "factiva-tabs": lambda: samples.factiva_coded(gap="\t"),
    "factiva-lines": lambda: [
        part for line in samples.factiva_coded() for part in _code_on_its_own_line(line)
    ],
    "factiva": samples.factiva_plain,
    "factiva-de": lambda: samples.factiva_plain(language="de"),
    "factiva-fr": lambda: samples.factiva_plain(language="fr"),
    "proquest": samples.proquest,
    "proquest-headed": samples.proquest_headed,
    "genios": samples.genios,
    "genios-headed": lambda: samples.genios(is_headed=True),
    "europresse": samples.europresse_lines,
}
CONTAINERS: dict[str, Callable[[Sequence[str]], bytes]] = {
    "txt": samples.as_txt,
    "docx": samples.as_docx,
    "rtf": samples.as_rtf,
    "html": samples.as_html,
    "pdf": samples.as_pdf,
}


def _code_on_its_own_line(line: str) -> list[str]:
    code, gap, value = line.partition("  ")
    return [code, value] if gap and len(code) <= 3 else [line]


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_article_of_an_export(tmp_path: Path, layout: str, container: str) -> None:
    path = tmp_path / f"saved.{container}"
    path.write_bytes(CONTAINERS[container](LAYOUTS[layout]()))
    loaded = load(path)
    found = articles(loaded)
    assert [(a.title, a.outlet, a.published) for a in found] == [
        (sample.title, sample.outlet, sample.day) for sample in SAMPLES
    ]
    for article, sample in zip(found, SAMPLES, strict=True):
        text = " ".join(article.text.split())
        assert text.startswith(sample.body[0][:60])
        for paragraph in sample.body:
            assert paragraph in text
        assert len(text.split()) <= sample.words + 4  # "CREDIT: Tarn Press"
        if " " in sample.author:
            assert article.author == sample.author
    assert not [item for item in loaded if isinstance(item, Skip) and not item.is_note]


def test_a_page_of_europresse(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_bytes(samples.europresse_html())
    found = articles(load(path))
    assert [(a.title, a.outlet, a.published, a.author) for a in found] == [
        (sample.title, sample.outlet, sample.day, sample.author) for sample in SAMPLES
    ]
    assert found[0].text == "\n\n".join(SAMPLES[0].body)
    assert found[0].source == "Europresse, Éco, 53 words, document news·20230904·TVH·000"


def test_captions_below_a_text_are_named(tmp_path: Path) -> None:
    (tmp_path / "saved.txt").write_bytes(samples.as_txt(samples.nexis_uni(is_pictured=True)))
    for article in articles(load(tmp_path / "saved.txt")):
        assert samples.CAPTION not in article.text
        assert any(samples.CAPTION[:40] in note for note in article.notes)


def test_what_is_announced_and_not_found_is_said(tmp_path: Path) -> None:
    path = tmp_path / "cut.txt"
    path.write_text("\n".join(samples.nexis_uni()).replace("Documents (3)", "Documents (5)"))
    loaded = load(path)
    assert len(articles(loaded)) == 3
    assert "it announces 5 documents, and 3 were found in it" in [
        item.reason for item in loaded if isinstance(item, Skip) and not item.is_note
    ]


def test_an_abstract_is_no_article(tmp_path: Path) -> None:
    lines = samples.proquest()
    start = next(n for n, line in enumerate(lines) if line.startswith("Full text:"))
    lines[start] = "Full text: Not available."
    del lines[start + 1 : start + 4]
    path = tmp_path / "report.txt"
    path.write_text(
        "\n".join(lines).replace("Abstract: None available.", "Abstract: Mills stop.", 1)
    )
    loaded = load(path)
    assert len(articles(loaded)) == 2
    (reason,) = [item.reason for item in loaded if isinstance(item, Skip) and not item.is_note]
    assert reason == f"“{SAMPLES[0].title}”: only an abstract of 11 characters"


@pytest.mark.parametrize(
    "text",
    [
        "Document 1 of 2\n\nThe clerk put down the file. It was the first document of two.\n",
        "The minister's paper\n\nEnd of document\n\nThat was how the letter of a minister ended.\n",
        "1 of 3 DOCUMENTS\n\nOnly three documents of the trial are left, the court has said.\n",
        "A trial\n\nThe court asked for papers.\n\nDocument TARNVH0020230904ej9400010\n",
    ],
)
def test_other_texts_stay_one_article(tmp_path: Path, text: str) -> None:
    path = tmp_path / "story.txt"
    path.write_text(text)
    assert len(articles(load(path))) == 1


def test_a_headline_below_the_name_of_a_blog(tmp_path: Path) -> None:
    lines = samples.nexis_numbered()
    at = lines.index(SAMPLES[0].title)
    above = next(n for n, line in enumerate(lines) if SAMPLES[0].outlet in line)
    lines[above : above + 1] = ["Tarn Blogs", "", SAMPLES[0].outlet]
    assert lines[at + 2] == SAMPLES[0].title
    (tmp_path / "a.txt").write_bytes(samples.as_txt(lines))
    first = articles(load(tmp_path / "a.txt"))[0]
    assert (first.title, first.outlet) == (SAMPLES[0].title, "Tarn Blogs")


def test_what_stands_between_two_fields_is_no_value(tmp_path: Path) -> None:
    lines = samples.proquest()
    at = lines.index(f"Author: {SAMPLES[0].author}")
    lines[at + 1 : at + 1] = ["", "ProQuest document link"]
    (tmp_path / "a.txt").write_bytes(samples.as_txt(lines))
    assert articles(load(tmp_path / "a.txt"))[0].author == SAMPLES[0].author


def test_a_year_is_no_number_of_words(tmp_path: Path) -> None:
    page = samples.europresse_html().replace(b" 53 mots", b" 212 mots")
    (tmp_path / "a.html").write_bytes(page)
    assert "212 words" in articles(load(tmp_path / "a.html"))[0].source
    assert "23,212" not in articles(load(tmp_path / "a.html"))[0].source
