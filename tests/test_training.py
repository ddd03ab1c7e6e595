"""Making the reader: labels, near misses, batches, the loop, the export."""

import json
import random
import zipfile
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from index.encoding.encoders import HashEmbedder
from index.library import Library
from index.types import Article
from rag.evidence.reader import ReaderInput
from training.batches import collate, cut_window, draw_readings, plan_epoch
from training.examples import (
    JUDGED_SENTENCES,
    Group,
    Pair,
    PassageExample,
    read_groups,
    read_pairs,
    write_groups,
    write_pairs,
)
from training.judging import draw_sentences
from training.loss import reading_loss, sentence_scores
from training.near_misses import alter_question
from training.pairs import (
    join_tokens,
    make_group_pairs,
    make_squad_groups,
    make_squad_pairs,
    make_torque_pairs,
)
from training.prepare import (
    QuestionState,
    keep_sentences,
    label_passage,
    make_groups,
    make_judged,
    make_judged_passages,
    read_onestop,
    read_squad1,
    without_evidence,
)

TEXT = (
    "The ferry Alba ran aground off Port Sorrel on Monday. All 212 passengers were brought"
    " ashore by midnight. The harbour master, Ines Calder, blamed a failed beacon."
)
OTHER = (
    "The council of Port Sorrel voted on Tuesday to close the fish market. Traders will get"
    " 40,000 crowns each. The mayor said that the roof was no longer safe."
)


def chance(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - sampling


def example(answer: str = "") -> PassageExample:
    places, at = [], 0
    for sentence in TEXT.replace(". ", ".\n").split("\n"):
        places.append((at, at + len(sentence)))
        at += len(sentence) + 1
    start = TEXT.find(answer) if answer else -1
    spans = ((start, start + len(answer)),) if start >= 0 else ()
    evidence = tuple(i for i, (a, b) in enumerate(places) if any(s < b and a < e for s, e in spans))
    item = ReaderInput("Ferry aground.", "", TEXT, tuple(places))
    return PassageExample(item, spans, evidence)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    made = Library.create(tmp_path / "library", embedder=HashEmbedder())
    made.add([Article("ferry", "Ferry aground", TEXT), Article("market", "Market closes", OTHER)])
    return made


@pytest.fixture(scope="module")
def tokenizer() -> object:
    from tokenizers import Tokenizer

    from training.model import encoder_folder

    made = Tokenizer.from_file(str(encoder_folder() / "tokenizer.json"))
    made.no_padding()
    made.no_truncation()
    return made


def test_an_answer_is_labelled_where_it_stands(library: Library) -> None:
    with library:
        article = library.get("ferry")
        (passage,) = library.passages("ferry")
        at = article.text.index("212")
        found = label_passage(article, passage, [(at, at + 3)])
    (span,) = found.answers
    assert found.item.text[span[0] : span[1]] == "212"
    (sentence,) = found.evidence
    start, end = found.item.sentences[sentence]
    assert "212 passengers" in found.item.text[start:end]


def test_a_group_has_its_passage_its_answer_and_what_else_was_found(library: Library) -> None:
    at = TEXT.index("Ines Calder")
    asked = QuestionState(
        "1", "own", "who", "Who blamed the beacon?", "ferry", ((at, at + 11),), ("Ines Calder",)
    )
    unanswered = QuestionState("2", "own", "near_miss", "Who repaired the beacon?", "ferry")
    with library:
        answered, missed = make_groups(library, [asked, unanswered])
    assert len(answered.positives) == 1
    assert not answered.own
    assert ["fish market" in e.item.text for e in answered.near] == [True]
    assert not missed.positives
    assert len(missed.own) == 1


def test_excluded_articles_are_not_used(library: Library) -> None:
    asked = QuestionState("1", "own", "near_miss", "Who closed the market in Port Sorrel?", "ferry")
    with library:
        (group,) = make_groups(library, [asked], exclude={"market"})
    assert not group.near


def test_a_passage_that_states_the_answer_is_no_near_miss(tmp_path: Path) -> None:
    with Library.create(tmp_path / "two", embedder=HashEmbedder()) as library:
        again = "A second report also named Ines Calder as the harbour master of Port Sorrel."
        library.add([Article("ferry", "Ferry", TEXT), Article("again", "Report", again)])
        at = TEXT.index("Ines Calder")
        asked = QuestionState(
            "1", "own", "who", "Who is the harbour master?", "ferry", ((at, at + 11),),
            ("Ines Calder",),
        )  # fmt: skip
        (group,) = make_groups(library, [asked])
    assert not group.near


def test_groups_survive_writing(tmp_path: Path) -> None:
    group = Group("1", "own", "who", "Who?", ("What?",), (example("212"),), (), (example(),))
    file = tmp_path / "groups.jsonl"
    assert write_groups(file, [group]) == 1
    assert list(read_groups(file)) == [group]


def test_removing_the_evidence_leaves_the_other_sentences() -> None:
    removed = without_evidence(example("212"))
    assert removed is not None
    assert "212" not in removed.item.text
    assert [removed.item.text[a:b] for a, b in removed.item.sentences] == [
        "The ferry Alba ran aground off Port Sorrel on Monday.",
        "The harbour master, Ines Calder, blamed a failed beacon.",
    ]
    assert not removed.answers
    assert not removed.evidence


def test_nothing_is_left_of_a_passage_that_answers_throughout() -> None:
    item = ReaderInput("", "", "Yes.", ((0, 4),))
    assert without_evidence(PassageExample(item, ((0, 4),), (0,))) is None


@pytest.mark.parametrize("seed", range(20))
def test_an_altered_question_differs_and_does_not_give_the_answer_away(seed: int) -> None:
    question = "Who blamed the failure after the ferry Alba ran aground in 1987?"
    changed = alter_question(question, TEXT, "Ines Calder", chance(seed))
    assert changed != question
    assert "Calder" not in changed


def test_a_question_without_details_is_not_altered() -> None:
    assert alter_question("why?", TEXT, "beacon", chance(1)) == ""


@settings(deadline=None)
@given(st.text(max_size=200), st.text(max_size=200), st.integers())
def test_altering_never_fails(question: str, passage: str, seed: int) -> None:
    changed = alter_question(question, passage, "", chance(seed))
    assert not changed or changed != question


def test_a_positive_passage_is_read_first_and_altered_questions_have_no_answer() -> None:
    group = Group(
        "1", "own", "number", "How many?", ("How few?",), (example("212"),), (), (example(),)
    )  # fmt: skip
    drawn = [r for seed in range(30) for r in draw_readings(group, chance(seed))]
    answered = [r for r in drawn if not r.question.startswith("How few")]
    altered = [r for r in drawn if r.question.startswith("How few")]
    assert len(answered) == 30
    assert altered
    assert all(r.passages[0].evidence for r in answered)
    assert not any(p.evidence for r in answered for p in r.passages[1:])
    assert not any(p.evidence or p.answers for r in altered for p in r.passages)


def test_keeping_sentences_keeps_their_answers_in_place() -> None:
    kept = keep_sentences(example("Ines Calder"), [0, 2])
    assert "212" not in kept.item.text
    ((start, end),) = kept.answers
    assert kept.item.text[start:end] == "Ines Calder"
    assert kept.evidence == (1,)


def pair(seed: int = 0) -> Pair:
    return Pair(str(seed), "own", "Who blamed it?", "Who repaired it?", example("Ines Calder"))


def test_both_questions_of_a_pair_are_read_with_the_same_words() -> None:
    seen = set()
    for seed in range(60):
        answered, missed = draw_readings(pair(), chance(seed))
        (passage,) = missed.passages
        assert answered.question.startswith("Who blamed it")
        assert missed.question.startswith("Who repaired it")
        assert answered.passages[0].item == passage.item
        assert answered.article == missed.article
        assert answered.passages[0].evidence
        assert not passage.evidence
        assert not passage.answers
        for other in answered.passages[1:]:
            assert "Calder" not in other.item.text
            assert not other.evidence
        seen.add((passage.item.text, len(answered.passages)))
    assert len(seen) > 3


def test_a_question_without_a_partner_is_read_alone() -> None:
    alone = replace(pair(), unanswered="")
    assert all(len(list(draw_readings(alone, chance(seed)))) == 1 for seed in range(5))


@pytest.mark.parametrize("seed", range(30))
def test_a_window_keeps_the_answer_in_place(seed: int) -> None:
    whole = example("Ines Calder")
    cut = cut_window(whole, chance(seed))
    ((start, end),) = cut.answers
    assert cut.item.text[start:end] == "Ines Calder"
    assert cut.item.text in TEXT
    (sentence,) = cut.evidence
    first, last = cut.item.sentences[sentence]
    assert cut.item.text[first:last].startswith("The harbour master")
    assert TEXT[cut.item.start :].startswith(cut.item.text)
    assert not cut.item.before or TEXT[: cut.item.start].rstrip().endswith(cut.item.before)


def test_a_batch_does_not_divide_a_pair() -> None:
    pairs = [(pair(i), 1.0) for i in range(300)]
    batches = list(plan_epoch(pairs, seed=2, epoch=0))
    assert len(batches) > 3
    for batch in batches:
        asked = [reading.question.rstrip(" ?") for reading in batch]
        assert asked.count("Who blamed it") == asked.count("Who repaired it")


def test_tokenised_text_is_joined_where_the_tokenizer_would_differ() -> None:
    assert join_tokens("it is n't -lrb- the mayor 's -rrb- `` own ''") == (
        "it isn't ( the mayor's ) \" own \""
    )


def test_pairs_of_squad_have_their_passage_and_the_rest_is_compared_with_others() -> None:
    at = TEXT.index("Ines Calder")
    asked = [
        {
            "id": name,
            "question": "Who was the harbour master?",
            "answers": [{"text": "Ines Calder", "answer_start": at}],
        }
        for name in ("a", "b")
    ]
    paragraphs = [
        {"context": TEXT, "qas": asked},
        {"context": OTHER, "qas": []},
        {"context": "Ines Calder was harbour master until 1987.", "qas": []},
    ]
    articles = [{"title": "Ferry_Alba", "paragraphs": paragraphs}]
    row = {"answerable_id": "b", "answerable": "who blamed it ?", "unanswerable": "who did n't ?"}
    (paired,) = make_squad_pairs(articles, [row])
    assert (paired.answered, paired.unanswered) == ("who blamed it ?", "who didn't ?")
    assert paired.example.item.heading == "Ferry Alba."
    ((start, end),) = paired.example.answers
    assert paired.example.item.text[start:end] == "Ines Calder"
    assert paired.example.evidence == (2,)
    (alone,) = make_squad_groups(articles, {"b"}, share=1.0)
    assert alone.group_id == "a"
    assert alone.positives[0].evidence == (2,)
    # The third passage states the answer too.
    assert [near.item.text for near in alone.near] == [OTHER]


def test_an_unanswered_question_gets_the_partner_that_it_was_made_from() -> None:
    answered = [
        Group(str(i), "own", "x", f"Question {i}?", (), (example("212"),)) for i in range(9)
    ]
    missed = Group("m", "own", "near_miss", "Who drowned?", (), (), (example(),))
    (made,) = make_group_pairs([*answered, missed], partners={"m": "7"})
    assert (made.answered, made.unanswered) == ("Question 7?", "Who drowned?")
    (drawn,) = make_group_pairs([*answered, missed], partners={})
    assert drawn.answered in {group.question for group in answered}


def test_questions_about_events_are_paired() -> None:
    found = {
        "What happened after it failed?": {"answer": {"indices": ["(22,29)"]}},
        "What will happen?": {"answer": {"indices": []}},
    }
    (made,) = make_torque_pairs({"1": {"passage": TEXT, "question_answer_pairs": found}})
    assert made.unanswered == "What will happen?"
    assert made.example.evidence == (0,)


def test_pairs_survive_writing(tmp_path: Path) -> None:
    assert write_pairs(tmp_path / "pairs.jsonl", [pair()]) == 1
    assert list(read_pairs(tmp_path / "pairs.jsonl")) == [pair()]


def test_squad_is_read_from_a_wheel(tmp_path: Path) -> None:
    content = json.dumps({"data": [{"title": "A", "paragraphs": []}]})
    (tmp_path / "train-v1.1.json").write_text(content, "utf-8")
    with zipfile.ZipFile(tmp_path / "some.whl", "w") as wheel:
        wheel.writestr("some/support/train-v1.1.json", content)
    plain, packed = (read_squad1(tmp_path / name) for name in ("train-v1.1.json", "some.whl"))
    assert plain == packed
    assert plain[0]["title"] == "A"


def test_the_same_seed_plans_the_same_epoch() -> None:
    groups = [
        (Group(str(i), "own", "x", f"Question {i}?", (), (example("212"),)), 0.5) for i in range(40)
    ]
    one, again, other = (
        [[r.question for r in batch] for batch in plan_epoch(groups, seed=s, epoch=0)]
        for s in (1, 1, 2)
    )
    assert one == again
    assert one != other
    assert 5 < sum(map(len, one)) < 35


JUDGED = {"together": [Article("ferry", "Ferry", TEXT), Article("market", "Market", OTHER)]}


def judge(labels: str, question: str = "Why did the ferry run aground?") -> Group:
    row = {"about": "together", "kind": "why", "question": question, "labels": labels}
    (group,) = make_judged(JUDGED, [row, row | {"about": "elsewhere"}])
    return group


def test_a_judged_question_has_every_sentence_but_the_context() -> None:
    blamed, ran = TEXT.index("The harbour"), 0
    group = judge(f"ferry:{blamed}:2 ferry:{ran}:1")
    assert [p.item.text[:11] for p in group.positives] == ["The harbour"]
    assert group.positives[0].evidence == (0,)
    assert "ashore by midnight." in group.positives[0].item.before
    starts = ("All 212", "The council", "The mayor", "Traders")
    others = sorted(p.item.text for p in group.own)
    assert [text.startswith(start) for text, start in zip(others, starts, strict=True)] == [
        True
    ] * 4
    assert not any(p.evidence for p in group.own)


def test_where_nothing_answers_context_is_no_answer_either() -> None:
    group = judge("ferry:0:1", "Who paid for the ferry?")
    assert not group.positives
    assert len(group.own) == 6


def test_a_judged_question_has_the_passages_of_its_articles() -> None:
    row = {"about": "together", "kind": "why", "question": "Why will traders get crowns?"}
    blamed = f"ferry:{TEXT.index('The harbour')}:2"
    context = f"market:{OTHER.index('Traders')}:1"
    answered, left_out, missed = make_judged_passages(
        JUDGED, [row | {"labels": labels} for labels in (blamed, f"{blamed} {context}", context)]
    )
    assert [(p.item.text, p.evidence) for p in answered.positives] == [(TEXT, (2,))]
    assert [p.item.text for p in answered.near] == [OTHER]
    assert left_out.near == ()
    assert (missed.positives, [p.item.text for p in missed.own]) == ((), [OTHER, TEXT])


def test_sentences_and_passages_are_read_by_their_share() -> None:
    from training.train import Plan, plan_batches

    groups = [Group(str(i), "own", "x", f"Question {i}?", (), (example("212"),)) for i in range(9)]
    judged = [replace(group, source=JUDGED_SENTENCES) for group in groups]

    def count_alone(items: list[Group], share: float) -> int:
        planned = plan_batches([(item, 1.0) for item in items], Plan(alone=share))
        return sum(all(r.alone for r in readings) for readings in islice(planned, 40))

    assert count_alone([*groups, *judged], 0.25) == 10
    assert count_alone(groups, 0.25) == 0


def test_the_sentences_nearest_to_the_question_are_read_beside_the_answer() -> None:
    group = judge(f"ferry:{TEXT.index('The harbour')}:2", "Why will traders get crowns?")
    drawn = draw_sentences(group, chance(1)).passages
    assert [bool(p.evidence) for p in drawn] == [True, *[False] * 5]
    assert drawn[1].item.text.startswith("Traders")


def test_of_a_passage_single_sentences_are_read_where_they_stand() -> None:
    group = Group("1", "own", "who", "Who blamed the beacon?", (), (example("Ines Calder"),))
    right, *wrong = draw_sentences(group, chance(1)).passages
    assert right.item.text == TEXT[TEXT.index("The harbour") :]
    assert right.item.before.endswith("ashore by midnight. ")
    assert right.evidence == (0,)
    assert [p.evidence for p in wrong] == [(), ()]
    assert all(p.item.sentences == ((0, len(p.item.text)),) for p in (right, *wrong))


def test_articles_of_a_zip_are_judged_ten_by_ten(tmp_path: Path) -> None:
    paragraphs = [{"Adv": {"context": " One. "}}, {"Adv": {"context": "Two."}}]
    rows = [{"title": f"T{i}", "paragraphs": paragraphs} for i in range(11)]
    with zipfile.ZipFile(tmp_path / "one.zip", "w") as stored:
        stored.writestr("onestop_qa.json", json.dumps({"data": rows}))
    articles = read_onestop(tmp_path / "one.zip")
    assert [len(together) for together in articles.values()] == [10, 1]
    assert articles["os_2"][0].text == "One.\n\nTwo."


@pytest.mark.model
def test_a_batch_points_at_the_answer(tokenizer: object) -> None:
    from training.batches import Reading

    passages = (example("Ines Calder"), example())
    batch = collate([Reading("Who blamed the beacon?", passages)], tokenizer)  # type: ignore[arg-type]
    ids = batch.inputs["input_ids"]
    assert ids.shape[1] % 16 == 0
    start, end = int(batch.starts[0].nonzero()), int(batch.ends[0].nonzero())
    assert tokenizer.decode(ids[0, start : end + 1].tolist()) == "ines calder"  # type: ignore[attr-defined]
    assert not batch.starts[1].any()
    assert batch.here.tolist() == [1.0, 0.0]
    assert batch.evidence.tolist() == [False, False, True, False, False, False]
    assert set(batch.sentence_of[0, start : end + 1].tolist()) == {2}
    assert batch.bounds == ((0, 2),)


@pytest.mark.model
def test_the_loss_falls_as_the_right_scores_rise(tokenizer: object) -> None:
    from training.batches import Reading

    batch = collate(
        [Reading("Who blamed the beacon?", (example("Ines Calder"), example()))],
        tokenizer,  # type: ignore[arg-type]
    )
    zeros = torch.zeros((*batch.starts.shape, 3))
    neutral = reading_loss(zeros, torch.zeros(2), batch)
    right = zeros.clone()
    right[:, :, 0][batch.starts] = 30.0
    right[:, :, 1][batch.ends] = 30.0
    right[:, :, 2][batch.sentence_of == 2] = 30.0
    assert float(reading_loss(right, torch.tensor([30.0, -30.0]), batch)) < 0.01
    assert float(neutral) > 5
    wrong = reading_loss(zeros, torch.tensor([-30.0, 30.0]), batch)
    assert wrong > neutral
    assert sentence_scores(right, batch).argmax() == 2


@pytest.mark.model
def test_an_unanswered_question_is_ranked_below_its_siblings(tokenizer: object) -> None:
    """Questions about the same article are compared, not those about different ones."""
    from training.batches import Reading

    def loss(*here: float, articles: tuple[str, str, str]) -> float:
        batch = collate(
            [
                Reading("Who blamed it?", (example("Ines Calder"),), articles[0]),
                Reading("How many were there?", (example("212"),), articles[1]),
                Reading("Who repaired it?", (example(),), articles[2]),
            ],
            tokenizer,  # type: ignore[arg-type]
        )
        tokens = torch.zeros((*batch.starts.shape, 3))
        return float(reading_loss(tokens, torch.tensor(here), batch, ranked=1.0))

    siblings = ("a", "a", "a")
    assert loss(1.0, 1.0, -1.0, articles=siblings) < loss(1.0, 1.0, 1.0, articles=siblings)
    # The second question's score matters less for one that is about another article.
    among = loss(1.0, -9.0, 0.0, articles=siblings) - loss(1.0, 9.0, 0.0, articles=siblings)
    apart = loss(1.0, -9.0, 0.0, articles=("a", "b", "a")) - loss(
        1.0, 9.0, 0.0, articles=("a", "b", "a")
    )
    assert among > apart + 1.0


FEW_TOKENS = 1600
"""A batch of a miniature; a third of what is used otherwise."""


@pytest.mark.slow
@pytest.mark.model
def test_the_same_seed_gives_the_same_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from training.model import ReaderModel, encoder_folder
    from training.train import Plan, train

    monkeypatch.setattr("training.batches.TOKENS_PER_BATCH", FEW_TOKENS)
    groups = [(group, 1.0) for group in make_reports(60)]
    plan = Plan(steps=3, decay_from=0.6, warm_up=1, average=0.5, seed=7)

    def run(name: str, plan: Plan) -> dict[str, torch.Tensor]:
        torch.manual_seed(plan.seed)
        model = ReaderModel(encoder_folder(), n_layers=1)
        return train(groups, plan, tmp_path / name, model=model).state_dict()

    one, again, other = run("one", plan), run("again", plan), run("other", replace(plan, seed=8))
    for name, value in one.items():
        torch.testing.assert_close(value, again[name], rtol=1e-4, atol=1e-5)
    assert not torch.allclose(one["tokens.weight"], other["tokens.weight"], atol=1e-3)


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.enable_socket
def test_a_miniature_learns_and_is_exported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a minute's training on made-up reports, exported as what is shipped is, beats none."""
    from safetensors.torch import save_file

    from rag.evidence.reader import open_reader
    from training.export import export
    from training.measure import measure
    from training.model import ReaderModel, encoder_folder
    from training.restore import restore
    from training.train import Plan, train

    torch.set_num_threads(2)
    monkeypatch.setattr("training.batches.TOKENS_PER_BATCH", FEW_TOKENS)
    groups = list(make_reports(150))
    fitted: list[Group | Pair] = [*groups[:60], *map(make_pair, groups[60:120])]
    test = [*groups[120:], *map(make_missed, groups[120:])]
    plan = Plan(steps=30, decay_from=0.5, warm_up=4, rate=6e-4, average=0.8)
    torch.manual_seed(5)
    model = ReaderModel(encoder_folder(), n_layers=2)
    save_file(model.state_dict(), tmp_path / "untrained.safetensors")
    trained = train([(item, 1.0) for item in fitted], plan, tmp_path / "one", model=model)
    figures = []
    for weights in ("untrained.safetensors", "one/average.safetensors"):
        out = tmp_path / "out" / weights
        export([tmp_path / weights], out, n_layers=2)
        figures.append(measure(open_reader(out), test))
    before, after = figures
    assert after["evidence first"] > before["evidence first"] + 0.2
    assert after["words touch the answer"] > before["words touch the answer"] + 0.2
    assert after["near-miss AUC"] > 0.8
    assert after["near misses refused"] > before["near misses refused"]
    log = [json.loads(line) for line in (tmp_path / "one" / "log.jsonl").read_text().splitlines()]
    assert log[-1]["step"] == plan.steps
    judged = train(
        [(group, 1.0) for group in fitted]
        + [(replace(group, source=JUDGED_SENTENCES), 1.0) for group in groups[:100]],
        replace(plan, steps=60, alone=0.8),
        tmp_path / "two",
        init=tmp_path / "one" / "average.safetensors",
        model=ReaderModel(encoder_folder(), n_layers=2),
    )
    save_file(judged.state_dict(), tmp_path / "judged.safetensors")
    export([tmp_path / "judged.safetensors"], tmp_path / "judged", n_layers=2)
    unseen = [replace(group, source=JUDGED_SENTENCES) for group in groups[100:]]
    assert measure(open_reader(tmp_path / "judged"), unseen)["judged AUC"] > 0.9
    restored = restore(tmp_path / "out" / "one" / "average.safetensors", n_layers=2)
    for name, value in trained.state_dict().items():
        # A matrix was rounded to 127 steps between 0 and the largest number of each row.
        step = value.abs().amax(-1, keepdim=True) / 127 if value.ndim > 1 else torch.tensor(1e-6)
        assert bool(((restored[name] - value).abs() <= step).all()), name


def make_missed(group: Group) -> Group:
    """Return a question that a made-up report nearly answers."""
    asked = group.question.replace("Who is the mayor", "Who was the doctor")
    asked = asked.replace("lost their stalls", "won their prizes")
    (positive,) = group.positives
    own = replace(positive, answers=(), evidence=())
    return Group(f"missed {group.group_id}", "own", "near_miss", asked, (), (), (own,))


def make_pair(group: Group) -> Pair:
    """Return the question of a made-up report with one that it nearly answers."""
    (positive,) = group.positives
    missed = make_missed(group).question
    return Pair(group.group_id, "own", group.question, missed, positive)


def make_reports(n: int) -> list[Group]:
    """Return questions about made-up reports that differ in their names and numbers only."""
    rng = chance(9)
    towns = ["Alderry", "Brenholm", "Castelune", "Dorvik", "Estrella Bay", "Fennimore"]
    people = ["Ines Calder", "Tomas Brandt", "Leila Osei", "Piet Maarten", "Ruth Adeyemi"]
    groups = []
    for i in range(n):
        town, person, number = rng.choice(towns), rng.choice(people), rng.randrange(20, 900)
        sentences = [
            f"A fire broke out in the market of {town} on Monday night.",
            f"The mayor, {person}, visited the families in the morning.",
            f"About {number} traders lost their stalls.",
            "Rain had been forecast for the whole week.",
        ]
        rng.shuffle(sentences)
        question, answer = rng.choice(
            [
                (f"Who is the mayor of {town}?", person),
                (f"How many traders lost their stalls in {town}?", str(number)),
            ]
        )
        text, places = " ".join(sentences), []
        for sentence in sentences:
            at = text.index(sentence)
            places.append((at, at + len(sentence)))
        start = text.index(answer)
        evidence = tuple(k for k, (a, b) in enumerate(places) if a <= start < b)
        item = ReaderInput("Fire in the market.", "", text, tuple(places))
        positive = PassageExample(item, ((start, start + len(answer)),), evidence)
        removed = without_evidence(positive)
        assert removed is not None
        groups.append(Group(str(i), "own", "x", question, (), (positive,), (removed,), ()))
    return groups


def test_averaging_weights(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    from training.export import average_weights

    for name, value in (("a", 1.0), ("b", 3.0)):
        save_file({"w": torch.full((2,), value)}, tmp_path / name)
    mean = average_weights([tmp_path / "a", tmp_path / "b"])
    np.testing.assert_allclose(mean["w"].numpy(), [2.0, 2.0])
