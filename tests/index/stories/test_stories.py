"""Copies of one story: told from follow-ups, grouped, shown once."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.stories.copies import (
    NEWS,
    SHIPPED,
    compare_pairs,
    judge_by_folds,
    make_pairs,
    read_stories,
    score_pairs,
    score_verdicts,
)
from index.errors import ArticleNotFoundError
from index.record.database import Database
from index.record.stories import count_ungrouped
from index.stories.fingerprints import (
    LEAST_WORDS,
    MOST_CHARS,
    RUN_WORDS,
    compare_wordings,
    fingerprint_text,
    read_wording,
    read_words,
)
from old_libraries import make_old_version
from onrecord import Article, Filter, HashEmbedder, Library, Story, check_library
from sample_story import PARAGRAPHS

pytestmark = pytest.mark.both_records

TEXT = "\n\n".join(PARAGRAPHS)
OTHER = (
    "The council of Dunhollow passed its budget on Friday after nine hours of debate. The tram"
    " will be dearer from April, the mayor said, and the swimming hall stays shut until autumn."
)
FOLLOW_UP = "\n\n".join(
    (
        "The ministry of transport wants every beacon on the coast to be looked at before summer,"
        " its head of navigation told a committee on Thursday.",
        "There are 61 of them, he said, and a third have no reserve lamp. What that costs is to be"
        " known in a fortnight, and who pays it remains to be seen.",
        "Shipowners welcomed the plan, but asked why it had taken an accident. A union of deck"
        " officers called for a pilot on every crossing after dark.",
        PARAGRAPHS[1],
        "Calder, who has led the harbour for nine years, was not heard by the committee. She has"
        " been asked to write down what she knows about the lamp's upkeep.",
    )
)


def article(
    name: str, text: str = TEXT, day: int | None = None, *, outlet: str = "", title: str = ""
) -> Article:
    published = None if day is None else date(2024, 3, day)
    return Article(name, title or f"Title of {name}", text, published=published, outlet=outlet)


def is_near(one: str, other: str) -> bool:
    likeness = compare_wordings(read_wording(one), read_wording(other))
    assert likeness == compare_wordings(read_wording(other), read_wording(one))
    return likeness.is_near_copy()


def group(library: Library) -> set[frozenset[str]]:
    return {frozenset(m.article_id for m in story.members) for story in library.stories()}


def ids(story: Story | None) -> list[str]:
    assert story is not None
    return [member.article_id for member in story.members]


# --- telling copies from others ----------------------------------------------------------------


def test_copies_are_told_from_follow_ups() -> None:
    stories = read_stories(sorted(NEWS.glob("*.jsonl")))
    pairs = make_pairs(stories, seed=11, copies=18, follow_ups=70)
    assert sum(pair.is_copy for pair in pairs) >= 200
    assert sum(not pair.is_copy for pair in pairs) >= 200
    compared, _ = compare_pairs(pairs)
    assert score_pairs(compared, SHIPPED).f1 >= 0.97
    _, held_out = judge_by_folds(compared)
    assert score_verdicts(held_out).f1 >= 0.97


@pytest.mark.parametrize(
    "copy",
    [
        "\n\n".join(PARAGRAPHS[:2]),
        "\n\n".join(("A ship is stuck, and the town asks who is to answer for it.", *PARAGRAPHS)),
        "\n\n".join(("Nobody knows yet what went wrong in the night.", *PARAGRAPHS[1:])),
        "\n\n".join((PARAGRAPHS[0], *PARAGRAPHS[:0:-1])),
        f"PORT SORREL, March 4 (Bay Wire) — {TEXT}\n\n(Reporting by the Bay Wire desk)",
        TEXT.replace(" people", " persons").replace("nobody was", "no one had been"),
        TEXT.replace("\n\n", " "),
        TEXT.upper().replace("'", "’"),
    ],
    ids=["cut", "one more", "new lead", "swapped", "agency", "edited", "unbroken", "capitals"],
)
def test_an_altered_text_is_a_copy(copy: str) -> None:
    assert is_near(TEXT, copy)
    shared = set(fingerprint_text(TEXT).anchors) & set(fingerprint_text(copy).anchors)
    assert len(shared) >= 2


@pytest.mark.parametrize("other", [FOLLOW_UP, OTHER, "", "word " * 300, PARAGRAPHS[4]])
def test_another_text_is_none(other: str) -> None:
    assert not is_near(TEXT, other)


def test_a_form_filled_in_with_other_figures_is_another_report() -> None:
    form = (
        "The index of the Elin exchange closed at {} points on {} March, {} points above the day"
        " before. Trade came to {} million crowns in {} shares, of which {} rose and {} fell, and"
        " the crown stood at {} to the florin when the bell rang in the old hall by the canal."
    )
    assert is_near(form.format(*range(8)), f"{form.format(*range(8))} The bell was late.")
    assert not is_near(form.format(*range(8)), form.format(*range(20, 28)))


@pytest.mark.parametrize(
    "text",
    [
        "渡轮阿尔巴号星期一晚上在索雷尔港附近搁浅。船上二百一十二名乘客在午夜前全部上岸。"
        "港务长指责一座失灵的灯塔。",
        "フェリーのアルバ号が月曜日の夜に港の沖で座礁した。乗客は全員が真夜中までに上陸した。"
        "港長は故障した灯台のせいだと述べた。",
        "เรือข้ามฟากอัลบาเกยตื้นนอกท่าเรือเมื่อคืนวันจันทร์\n"
        "ผู้โดยสารทั้งหมดขึ้นฝั่งก่อนเที่ยงคืน\nนายท่าเรือกล่าวโทษประภาคารที่เสีย",
    ],
    ids=["Chinese", "Japanese", "Thai"],
)
def test_scripts_without_spaces_are_compared_by_characters(text: str) -> None:
    assert len(read_words(text)) >= LEAST_WORDS
    assert is_near(text, text[: 3 * len(text) // 5])
    assert not is_near(text, text[::-1])


def test_accents_case_and_punctuation_make_no_difference() -> None:
    one = "Le préfet a DÉMENTI : « Rien n'est décidé », a-t-il dit à la presse."
    other = "le prefet a démenti, rien n’est décidé a t il dit - à la presse"
    assert fingerprint_text(one).digest == fingerprint_text(other).digest
    assert fingerprint_text("!!!").digest != fingerprint_text("???").digest


@given(st.text(max_size=400), st.text(max_size=400))
def test_any_two_texts_are_compared(one: str, other: str) -> None:
    likeness = compare_wordings(read_wording(one), read_wording(other))
    assert likeness == compare_wordings(read_wording(other), read_wording(one))
    assert 0.0 <= likeness.share <= likeness.framed <= 1.0
    assert 0.0 <= likeness.numbers <= 1.0
    mark = fingerprint_text(one)
    assert mark == fingerprint_text(one)
    assert list(mark.anchors) == sorted(set(mark.anchors))
    own = compare_wordings(read_wording(one), read_wording(one))
    assert own.share == float(mark.words >= LEAST_WORDS > RUN_WORDS)


def test_of_a_book_the_beginning_is_compared() -> None:
    chance = random.Random(3)  # noqa: S311 - sampling
    text = " ".join(chance.choices("ship bay lamp crew coast night town fair".split(), k=60_000))
    assert len(text) > MOST_CHARS
    assert is_near(text, f"{text} and the end of it")
    assert fingerprint_text(text).digest != fingerprint_text(f"{text} and the end").digest
    assert len(fingerprint_text(text.replace("lamp", "lamp.")).anchors) <= 1000


# --- stories of a library ----------------------------------------------------------------------


def test_a_story_has_its_outlets_and_dates(library: Library) -> None:
    report = library.add(
        [
            article("late", TEXT, 6, outlet="Bay Wire"),
            article("cut", "\n\n".join(PARAGRAPHS[:2]), 5, outlet="Elin Gazette"),
            article("undated", f"{TEXT}\n\nSign up for our letter.", outlet="Quill Post"),
            article("same", TEXT.replace("\n\n", "\n"), 7),
            article("follow-up", FOLLOW_UP, 8),
            article("other", OTHER, 5),
        ]
    )
    assert set(report.copies) == {"late", "cut", "undated", "same"}
    story = library.story("same")
    assert ids(story) == ["cut", "late", "same", "undated"]
    assert story is not None
    assert story.earliest.article_id == "cut"
    assert story.fullest.article_id == story.shown.article_id == "undated"  # the first is cut
    kinds = {member.article_id: member.kind.value for member in story.members}
    assert kinds == {"cut": "near", "late": "near", "same": "near", "undated": "exact"}
    assert [m.outlet for m in story.members] == ["Elin Gazette", "Bay Wire", "", "Quill Post"]
    assert library.story("other") is None
    assert library.story("follow-up") is None
    assert library.stories() == (story,)
    with pytest.raises(ArticleNotFoundError):
        library.story("nothing")


def test_the_earliest_is_shown_unless_it_is_cut(library: Library) -> None:
    library.add([article("b", day=6), article("a", day=5), article("c")])
    story = library.story("b")
    assert story is not None
    assert story.shown.article_id == story.earliest.article_id == "a"
    assert {member.kind.value for member in story.members} == {"exact"}
    library.delete("a")
    story = library.story("b")
    assert story is not None
    assert story.shown.article_id == "b"


def test_of_one_day_the_earlier_hour_comes_first(library: Library) -> None:
    noon = datetime(2024, 3, 5, 12, tzinfo=UTC)
    for name, moment in (("noon", noon), ("morning", noon.replace(hour=7)), ("some time", None)):
        library.add(Article(name, name, TEXT, published=date(2024, 3, 5), published_at=moment))
    assert ids(library.story("noon")) == ["morning", "noon", "some time"]


def test_a_round_up_does_not_join_its_items(library: Library) -> None:
    items = ["\n\n".join(PARAGRAPHS[:3]), FOLLOW_UP.replace(PARAGRAPHS[1], "")]
    library.add([article("one", items[0]), article("two", items[1])])
    library.add([article("round-up", "\n\n".join(items))])
    assert library.story("one") is None or "two" not in ids(library.story("one"))
    assert library.story("two") is None or "one" not in ids(library.story("two"))


def test_a_text_that_changes_step_by_step_ends_as_another_story(library: Library) -> None:
    old = PARAGRAPHS
    new = [p for p in FOLLOW_UP.split("\n\n") if p not in old] + [OTHER]
    steps = ["\n\n".join((*new[:n], *old[n:])) for n in range(len(old) + 1)]
    assert is_near(steps[0], steps[1])
    assert not is_near(steps[0], steps[-1])
    library.add(article(f"step-{n}", step) for n, step in enumerate(steps))
    assert len(library.stories()) >= 2
    for story in library.stories():
        texts = [library.get(member.article_id).text for member in story.members]
        assert any(all(is_near(middle, text) for text in texts) for middle in texts)


def test_another_title_outlet_or_date_changes_no_story(library: Library) -> None:
    library.add([article("a", day=5), article("b", f"{TEXT} More.", 6)])
    before = group(library)
    library.add([article("b", f"{TEXT} More.", 2, outlet="Bay Wire", title="Quite another")])
    assert group(library) == before
    story = library.story("a")
    assert story is not None
    assert story.shown.article_id == "b"


def test_another_text_under_the_same_id_leaves_the_story(library: Library) -> None:
    library.add([article("a"), article("b")])
    library.add([article("b", OTHER)])
    assert library.stories() == ()
    library.add([article("b", TEXT)])
    assert group(library) == {frozenset("ab")}


TEXTS = [
    TEXT,
    f"{TEXT}\n\nSign up for our letter and read it over breakfast.",
    "\n\n".join(PARAGRAPHS[:3]),
    "\n\n".join(PARAGRAPHS[2:]),
    "\n\n".join(("Nobody knows yet what went wrong.", *PARAGRAPHS[1:])),
    FOLLOW_UP,
    f"{FOLLOW_UP}\n\n{OTHER}",
    "\n\n".join(FOLLOW_UP.split("\n\n")[:3]),
    "\n\n".join((*PARAGRAPHS[:3], FOLLOW_UP)),
    OTHER,
]
OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(["add", "add", "add", "remove", "set aside", "restore"]),
        st.integers(0, 5),
        st.integers(0, len(TEXTS) - 1),
    ),
    max_size=14,
)


@settings(max_examples=25)
@given(operations=OPERATIONS)
def test_stories_do_not_depend_on_what_went_before(
    operations: list[tuple[str, int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("stories")
    with Library.create(folder / "grown", embedder=HashEmbedder()) as library:
        for what, number, text in operations:
            there = {summary.article_id for summary in library.articles()}
            if what == "add":
                library.add([article(f"a{number}", TEXTS[text])])
            elif what == "restore" and library.removals():
                library.restore()
            elif f"a{number}" in there:
                act: Callable[[str], object] = (
                    library.delete if what == "remove" else library.remove
                )
                act(f"a{number}")
        grown, held = group(library), [library.get(s.article_id) for s in library.articles()]
        assert check_library(folder / "grown", mend=False)
    with Library.create(folder / "fresh", embedder=HashEmbedder()) as library:
        held.sort(key=lambda each: each.article_id, reverse=True)
        library.add(held)
        assert group(library) == grown


@pytest.mark.on_disk
def test_nothing_is_left_of_what_was_removed(library: Library) -> None:
    library.add([article("a"), article("b"), article("c", f"{TEXT} More."), article("d", OTHER)])
    library.delete(["a", "c"])
    assert count_rows(library) == {"fingerprints": 2, "fingerprinted": 2, "near_copies": 0}
    library.delete(["b", "d"])
    assert count_rows(library, "anchors") == {
        "fingerprints": 0,
        "fingerprinted": 0,
        "near_copies": 0,
        "anchors": 0,
    }


def count_rows(library: Library, *also: str) -> dict[str, int]:
    names = ("fingerprints", "fingerprinted", "near_copies", *also)
    with closing(Database(Path(library.path))) as database, database.reading() as reader:
        return {
            name: reader.connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]  # noqa: S608
            for name in names
        }


@pytest.mark.on_disk
@pytest.mark.parametrize("version", [1, 2])
def test_an_old_library_is_read_without_stories_and_gets_them_by_the_first_change(
    folder: Path, embedder: HashEmbedder, version: int
) -> None:
    with Library.create(folder, embedder=embedder) as library:
        library.add([article("a", day=5), article("b", day=6), article("c", OTHER)])
    make_old_version(folder, version)
    with Library.open(folder, embedder=embedder) as library:
        assert library.story("a") is None
        assert library.stories() == ()
        assert library.search("who blamed the beacon?")
        library.delete("c")
        assert group(library) == {frozenset("ab")}


@pytest.mark.on_disk
def test_doctor_compares_what_was_not_compared(folder: Path, embedder: HashEmbedder) -> None:
    with Library.create(folder, embedder=embedder) as library:
        library.add([article("a"), article("b")])
    make_old_version(folder, 2)
    findings = {f.subject: f for f in check_library(folder, mend=False, embedder=embedder)}
    assert findings["stories"].state == "bad"
    assert "2 articles" in findings["stories"].detail
    findings = {f.subject: f for f in check_library(folder, embedder=embedder)}
    assert findings["stories"].state == "mended"
    with Library.open(folder, embedder=embedder) as library:
        assert group(library) == {frozenset("ab")}
        with closing(Database(Path(library.path))) as database, database.reading() as reader:
            assert count_ungrouped(reader) == 0


# --- search ------------------------------------------------------------------------------------


def found(library: Library, question: str, only: Filter | None = None) -> list[str]:
    return [hit.article.article_id for hit in library.search(question, 10, only=only or Filter())]


def others(library: Library, question: str) -> Iterable[str]:
    return {copy.article_id for copy in library.search(question, 10)[0].copies}


def test_a_story_is_one_hit_of_the_article_that_is_shown(library: Library) -> None:
    library.add(
        [
            article("late", TEXT, 7, outlet="Bay Wire"),
            article("early", TEXT.replace("nobody was hurt", "no one came to harm"), 4),
            article("led", "\n\n".join(("Who is to blame?", *PARAGRAPHS[1:])), 6, outlet="Post"),
            article("other", OTHER, 5),
        ]
    )
    assert found(library, "who blamed the beacon?").count("early") == 1
    assert set(found(library, "who blamed the beacon?")) == {"early", "other"}
    assert others(library, "who blamed the beacon?") == {"late", "led"}
    assert {hit.story for hit in library.search("who blamed the beacon?")} == {"early", ""}


def test_what_only_one_copy_says_is_found_in_it(library: Library) -> None:
    addition = "The captain, Otto Brahm, had slept for two hours in the past three days."
    library.add(
        [
            article("early", TEXT, 4),
            article("longer", f"{TEXT}\n\n{addition}", 6),
        ]
    )
    first = library.search("how long had the captain slept?")
    assert any(addition in hit.passage.text for hit in first)
    assert {hit.article.article_id for hit in first if addition in hit.passage.text} == {"longer"}
    for hit in first:
        for copy in hit.copies:
            printed = library.get(copy.article_id).text
            starts = [s.start for s in hit.passage.sentences]
            for start in starts if copy.sentences is None else copy.sentences:
                sentence = next(s for s in hit.passage.sentences if s.start == start)
                assert sentence.text in printed


def test_a_figure_that_differs_is_not_taken_for_the_same(library: Library) -> None:
    library.add(
        [
            article("early", TEXT, 4),
            article("updated", TEXT.replace("212 people", "231 people"), 5),
        ]
    )
    hits = library.search("how many people were aboard the ferry?")
    assert any("231 people" in hit.passage.text for hit in hits)
    assert any("212 people" in hit.passage.text for hit in hits)


def test_under_a_filter_the_story_is_what_passes(library: Library) -> None:
    library.add(
        [article("a", TEXT, 4, outlet="Wire"), article("b", TEXT, 5, outlet="Post"), article("c")]
    )
    only = Filter(outlets=("Post",))
    (hit,) = library.search("who blamed the beacon?", 1, only=only)
    assert hit.article.article_id == "b"
    assert hit.copies == ()
    assert found(library, "who blamed the beacon?", Filter(since=date(2024, 3, 4))) == ["a"] * len(
        found(library, "who blamed the beacon?", Filter(since=date(2024, 3, 4)))
    )


def test_a_story_that_many_tell_leaves_room_for_others(library: Library) -> None:
    rest = [
        article(f"other-{n}", f"In Quill, the ferry number {n} waits. {word} is what it carries.")
        for n, word in enumerate("coal grain salt timber iron wool flax tar hemp wine".split())
    ]
    copies = [article(f"copy-{n}", f"{TEXT}\n\nEdition {n}.", 3 + n % 9) for n in range(60)]
    library.add([*copies, *rest])
    hits = library.search("what happened to the ferry Alba?", 8)
    assert len(hits) == 8
    places = [(hit.article.article_id, hit.passage.start) for hit in hits]
    assert len(places) == len(set(places))
    assert {name for name, _ in places if name.startswith("copy")} == {"copy-0"}
    assert sum(name.startswith("other") for name, _ in places) >= 5
