"""A draft against a few articles: every verdict, with its passage."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from onrecord import Article, Citation, DraftVerdict, Filter, HashEmbedder, Library, check_draft
from rag.drafts.checked import CheckedSentence

QUAY = (
    "The sea wall at Wexcombe broke on Monday evening. Engineers counted 14 breaches in the wall"
    " on Tuesday. About 900 homes in the old town were flooded.\n"
    "Ada Holm, the mayor, blamed the county. “We asked for a higher wall and never got one,”"
    " she said. The county council rejected the charge."
)
NOTICE = (
    "On 4 March the Courier reported that engineers had counted 14 breaches in the sea wall at"
    " Wexcombe. That was wrong. They counted four breaches."
)
CHAPEL = (
    "The chapel in Tarrow Hill has been restored. The restoration cost 120,000 crowns.\n"
    "Correction: an earlier version of this article said that the restoration had cost 300,000"
    " crowns."
)
ARTICLES = (
    Article("wall", "Sea wall breaks", QUAY, outlet="Courier", published=date(2025, 3, 4)),
    Article("notice", "Correction: breaches", NOTICE, outlet="Courier", published=date(2025, 3, 8)),
    Article("chapel", "Chapel restored", CHAPEL, outlet="Post", published=date(2025, 2, 1)),
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with Library.create(
        tmp_path_factory.mktemp("draft") / "library", embedder=HashEmbedder()
    ) as opened:
        opened.add(ARTICLES)
        yield opened


def check(library: Library, text: str) -> CheckedSentence:
    found = check_draft(library, text).sentences[-1]
    assert text[found.start : found.end] == found.text
    for citation in (*found.citations, *found.corrections, *found.answers):
        _check_place(library, citation)
    return found


def _check_place(library: Library, citation: Citation) -> None:
    text = library.get(citation.article_id).text
    assert text[citation.start : citation.end] == citation.quote


def nearest(library: Library, found: CheckedSentence) -> str:
    citation = found.citations[0]
    assert citation.answer_span
    return library.get(citation.article_id).text[slice(*citation.answer_span)]


def test_what_an_article_says_is_supported(library: Library) -> None:
    found = check(library, "About 900 homes in the old town were flooded.")
    assert (found.verdict, found.reason) == (DraftVerdict.SUPPORTED, "")
    assert nearest(library, found) == "About 900 homes in the old town were flooded."


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("About 1,900 homes in the old town were flooded.", "1,900"),
        ("The sea wall at Wexcombe broke on Friday evening.", "Friday"),
        ("About 900 homes in the old town were not flooded.", ""),
    ],
)
def test_another_figure_day_or_a_denial_contradicts(
    library: Library, text: str, words: str
) -> None:
    found = check(library, text)
    assert found.verdict is DraftVerdict.CONTRADICTED
    assert found.reason
    if words:
        assert found.span
        assert words in text[slice(*found.span)]


def test_what_was_corrected_is_outdated(library: Library) -> None:
    found = check(library, "Engineers counted 14 breaches in the wall on Tuesday.")
    assert (found.verdict, found.reason) == (DraftVerdict.OUTDATED, "corrected on 2025-03-08")
    assert "That was wrong" in found.corrections[0].quote
    right = check(library, "Engineers counted four breaches in the sea wall at Wexcombe.")
    assert right.verdict is not DraftVerdict.OUTDATED


def test_what_a_notice_in_the_article_takes_back_bears_nothing_out(library: Library) -> None:
    found = check(library, "The restoration had cost 300,000 crowns.")
    assert found.verdict in {DraftVerdict.OUTDATED, DraftVerdict.CONTRADICTED}
    assert check(library, "The restoration cost 120,000 crowns.").verdict is DraftVerdict.SUPPORTED


def test_a_correction_of_something_else_leaves_a_sentence_as_it_is(library: Library) -> None:
    found = check(library, "The sea wall at Wexcombe broke on Monday evening.")
    assert found.verdict is DraftVerdict.SUPPORTED


def test_another_speaker(library: Library) -> None:
    words = "“We asked for a higher wall and never got one,”"
    found = check(library, f"{words} said Casper Thorne.")
    assert found.verdict is DraftVerdict.ATTRIBUTED
    assert "Ada Holm" in found.reason
    assert found.quotations[0].is_exact
    assert check(library, f"{words} said Ada Holm.").verdict is DraftVerdict.SUPPORTED


def test_a_changed_quotation_is_shown_with_the_difference(library: Library) -> None:
    found = check(library, "“We asked for a lower wall and never got one,” said Ada Holm.")
    assert found.verdict is DraftVerdict.CONTRADICTED
    (quotation,) = found.quotations
    assert quotation.wording
    assert ("draft", "lower") in quotation.wording.pieces
    assert ("article", "higher") in quotation.wording.pieces
    assert quotation.citation
    _check_place(library, quotation.citation)


def test_what_no_article_says_is_without_a_source(library: Library) -> None:
    found = check(library, "Norrvik opened a museum of steel in 1998.")
    assert found.verdict is DraftVerdict.NO_SOURCE
    assert found.reason


def test_what_states_nothing_is_said_to_be_so(library: Library) -> None:
    draft = "# Wall\n\nWho will pay?\n\nI saw it break.\n\nThe town should have known better."
    found = check_draft(library, draft).sentences
    assert {sentence.verdict for sentence in found} == {DraftVerdict.NOT_CHECKED}
    assert all(sentence.reason for sentence in found)


def test_a_pronoun_is_whom_the_sentence_before_names(library: Library) -> None:
    assert check(library, "Ada Holm spoke at once. She blamed the county.").verdict == "supported"
    other = check(library, "Casper Thorne spoke at once. She blamed the county.")
    assert other.verdict is not DraftVerdict.SUPPORTED


def test_the_accuseds_answer_is_beside_an_allegation(library: Library) -> None:
    found = check(library, "Ada Holm, the mayor, blamed the county.")
    assert [answer.quote for answer in found.answers] == ["The county council rejected the charge."]


def test_counts_progress_and_filter(library: Library) -> None:
    told: list[tuple[int, int]] = []
    draft = "About 900 homes in the old town were flooded. Who will pay?"
    found = check_draft(
        library,
        draft,
        title="Wall",
        only=Filter(sources=("Post",)),
        progress=lambda done, total: told.append((done, total)),
    )
    assert (found.title, found.n_sentences) == ("Wall", 2)
    assert found.counts[DraftVerdict.NO_SOURCE] == found.counts[DraftVerdict.NOT_CHECKED] == 1
    assert told == [(1, 2), (2, 2)]


def test_hostile_drafts_are_checked_to_the_end(library: Library) -> None:
    draft = "\n".join(
        ["“" * 300, "a " * 5000, "\ud800 broke on Monday.", "[1] [2]. ", "“" + "x" * 9000]
    )
    found = check_draft(library, draft)
    assert len(found.sentences) == found.n_sentences > 0
    assert check_draft(library, "").sentences == ()


def test_a_closed_folder_is_not_needed(tmp_path: Path) -> None:
    with Library.create(tmp_path / "empty", embedder=HashEmbedder()) as empty:
        found = check_draft(empty, "The wall broke on Monday evening.")
    assert found.sentences[0].verdict is DraftVerdict.NO_SOURCE
