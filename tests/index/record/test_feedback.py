from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.errors import FeedbackError, LibraryStorageError
from index.record import feedback as feedback_module
from index.record.feedback import MAX_NOTE_CHARS
from index.record.write_lock import hold_write_lock
from onrecord import Feedback, HashEmbedder, Library, Rating

pytestmark = pytest.mark.both_records

GIVEN = Feedback(
    question="who sold the lighthouse?",
    verdict=Rating.UP,
    standalone_question="who sold the lighthouse of Quill?",
    history=({"role": "user", "text": "what about Quill?"},),
    only={"outlets": ["Bay Wire"], "since": None, "until": None},
    claims=({"text": "Ada did.", "support": "supported", "citations": [1]},),
    citations=({"number": 1, "article_id": "a", "start": 0, "end": 8, "quote": "Ada did."},),
    note="  exactly  ",
    person="ada",
)


def test_a_verdict_comes_back_as_it_was_given(folder: Path, library: Library) -> None:
    stored = library.feedback.put(GIVEN)
    assert stored.note == "exactly"
    library.close()
    with Library.open(folder, embedder=HashEmbedder(), read_only=True) as opened:
        (found,) = opened.feedback.all()
        assert opened.feedback.count() == 1
        with pytest.raises(LibraryStorageError, match="read-only"):
            opened.feedback.put(GIVEN)
    assert replace(found, given_at=GIVEN.given_at, changed_at=GIVEN.changed_at) == replace(
        GIVEN, note="exactly"
    )
    assert found.changed_at >= GIVEN.given_at.replace(microsecond=0)


def test_a_verdict_can_be_changed_and_taken_back(library: Library) -> None:
    first = library.feedback.put(GIVEN)
    library.feedback.put(replace(GIVEN, verdict=Rating.DOWN, note="no", given_at=first.changed_at))
    (found,) = library.feedback.all()
    assert (found.verdict, found.note) == (Rating.DOWN, "no")
    assert found.given_at.replace(microsecond=0) == first.given_at.replace(microsecond=0)
    assert library.feedback.get(GIVEN.feedback_id) == found
    assert library.feedback.remove(GIVEN.feedback_id)
    assert not library.feedback.remove(GIVEN.feedback_id)
    assert library.feedback.get(GIVEN.feedback_id) is None


def test_long_notes_long_answers_and_too_many_are_refused(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.feedback.put(replace(GIVEN, note="x" * MAX_NOTE_CHARS))
    with pytest.raises(FeedbackError, match="2,001 characters"):
        library.feedback.put(replace(GIVEN, note="x" * (MAX_NOTE_CHARS + 1)))
    with pytest.raises(FeedbackError, match="too long"):
        library.feedback.put(replace(GIVEN, claims=({"text": "x" * 600_000},)))
    monkeypatch.setattr(feedback_module, "MAX_VERDICTS", 2)
    library.feedback.put(replace(GIVEN, feedback_id="b"))
    with pytest.raises(FeedbackError, match="onrecord feedback --export"):
        library.feedback.put(replace(GIVEN, feedback_id="c"))
    library.feedback.put(replace(GIVEN, feedback_id="b", note="changing one still works"))
    assert library.feedback.count() == 2


def test_a_verdict_does_not_wait_for_articles_that_are_being_added(
    folder: Path, library: Library
) -> None:
    with hold_write_lock(folder, wait_seconds=5):
        library.feedback.put(GIVEN)
    assert library.feedback.count() == 1


def test_verdicts_change_nothing_that_a_search_sees(stocked: Library) -> None:
    before = stocked.statistics().generation
    stocked.feedback.put(GIVEN)
    stocked.feedback.remove(GIVEN.feedback_id)
    assert stocked.statistics().generation == before


def test_several_at_once_are_all_kept(library: Library) -> None:
    threads = [
        threading.Thread(target=library.feedback.put, args=(replace(GIVEN, feedback_id=f"f{n}"),))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {f.feedback_id for f in library.feedback.all()} == {f"f{n}" for n in range(8)}


TEXTS = st.text(st.characters(exclude_characters="\0"), max_size=60)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(question=TEXTS, note=TEXTS, word=TEXTS)
def test_any_text_can_be_stored(library: Library, question: str, note: str, word: str) -> None:
    feedback = Feedback(question, Rating.DOWN, note=note, claims=({"text": word},))
    library.feedback.put(feedback)
    found = library.feedback.get(feedback.feedback_id)
    assert found
    encoded = question.encode("utf-8", "replace").decode()
    assert found.question == encoded
    assert found.claims == ({"text": word},)
    assert set(found.to_dict()) == set(Feedback.__dataclass_fields__)
