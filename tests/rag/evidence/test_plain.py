"""What grammar settles: plain answers, and sentences without what an answer must have."""

from __future__ import annotations

from dataclasses import replace

import pytest

from index.language.words import word_ranks
from index.text.passages import split_passages
from index.types import Article, Hit
from rag.asking.terms import QuestionTerms, analyze_question
from rag.evidence.plain import LACKING, PLAIN, UNMENTIONED, judge_plainly
from rag.evidence.sentences import FEATURES, sentence_features
from rag.types import Evidence


def pick(
    text: str, terms: QuestionTerms, *, title: str = "News", likelihood: float | None = 0.1
) -> Evidence:
    """Return the first sentence of an article as evidence."""
    (passage,) = split_passages(text)
    cosines = (0.5,) * len(passage.sentences)
    hit = Hit(Article(text[:9], title, text), passage, 1.0, 0.5, 1.0, 0.5, cosines)
    first = passage.sentences[0]
    _, rows = sentence_features([hit], terms)
    features = tuple(rows[0].tolist())
    return Evidence(hit, first.start, first.end, first.text, 1.0, features, likelihood=likelihood)


def judge(question: str, *texts: str, whole_lists: bool = False) -> dict[str, float | None]:
    terms = analyze_question(
        question, document_frequencies={}, n_passages=0, word_ranks=word_ranks()
    )
    judged, _ = judge_plainly(
        question, terms, [pick(t, terms) for t in texts], whole_lists=whole_lists
    )
    return {item.hit.article.text: item.likelihood for item in judged}


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Who resigned?", "Ewan Sorrell has stepped down as head of finance."),
        ("List everybody who has resigned.", "Surgeon Petra Lund handed in her resignation."),
        ("How many people quit?", "Dita Ferro resigned on Monday."),
        ("Who was convicted of arson?", "A court found Milo Reck guilty of arson."),
        ("What did the port authority say?", "The port authority said that the pier is safe."),
        ("What did the union say about pay?", "Pay is too low, and the union has said so."),
    ],
)
def test_what_says_just_that_is_an_answer(question: str, text: str) -> None:
    assert judge(question, text) == {text: PLAIN}


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Who resigned?", "Gil Prow refused to resign."),
        ("Who resigned?", "The mayor should resign, Gil Prow said."),
        ("Who resigned over the budget?", "Dita Ferro resigned after a tenth defeat."),
        ("Who was convicted of arson?", "A court found Milo Reck guilty of theft."),
        ("What did the port authority say?", "The union said that the port authority lies."),
        ("What did the union say about pay?", "The union said that the pier is safe."),
    ],
)
def test_what_says_something_else_stays_as_likely_as_it_was(question: str, text: str) -> None:
    assert judge(question, text) == {text: 0.1}


@pytest.mark.parametrize(
    ("question", "with_it", "without"),
    [
        ("How much did the engine cost?", "It cost 88,000 crowns.", "It carries 4,000 litres."),
        ("What is the fare?", "The fare is 3 euros.", "The fare is due on Monday."),
        (
            "When did Dita Ferro resign?",
            "Dita Ferro resigned on Monday.",
            "Dita Ferro resigned after a tenth defeat.",
        ),
        ("How old is Jens Olorun?", "Jens Olorun is 61.", "Jens Olorun drove it."),
        ("How many crews came?", "Three crews came.", "The crews came late."),
        ("How tall is the mast?", "The mast is 32 metres tall.", "The mast has 3 lamps."),
        ("How heavy is the bell?", "The bell weighs two tonnes.", "The bell has 2 cracks."),
        ("How fast was the car?", "The car did 90 miles an hour.", "The car had 2 doors."),
        ("What bail did the judge set?", "Bail was set at $500.", "A date for bail was set."),
        ("What is the name of the judge who freed Reck?", "Judge Ada Holm did.", "A judge did."),
        ("What is the name of the general?", "General Ada Holm came.", "Ada Holm, a nurse, came."),
        ("Which professor saw it?", "Professor Ada Holm saw it.", "Ada Holm, a nurse, saw it."),
        ("What did Holm's family say?", "Holm's son wept, he said.", "Holm wept, she said."),
        ("Who is the mayor of Quenby?", "Mayor Lew Tarrant came.", "The police chief came."),
        ("How many Danish crews came?", "12 Danish crews came.", "12 Norwegian crews came."),
        ("How many Danish crews came?", "12 crews came to Denmark.", "About 9 Polish crews came."),
        ("Which Danish general leads it?", "General Ada Holm leads it.", "Ada Holm leads it."),
        ("When did Queen Ada die?", "The queen died in May.", "Philip died in April."),
        ("Who is the president?", "President Ada Holm came.", "Former president Lew Ash came."),
        ("Who is the vice mayor?", "Vice Mayor Lew Tarrant came.", "Mayor Ada Holm came."),
        (
            "Who is the Peruvian minister?",
            "Peru's minister Ada Holm came.",
            "Chile's minister Lew Ash came.",
        ),
        (
            "Who is the minister of Peru?",
            "The minister of Peru, Ada Holm, came.",
            "The Chilean minister came to Peru.",
        ),
        ("Who is the police chief of Dene?", "The head of police came.", "The fire chief came."),
    ],
)
def test_what_must_be_there_is_missed(question: str, with_it: str, without: str) -> None:
    assert judge(question, with_it, without) == {
        with_it: 0.1,
        without: pytest.approx(LACKING * 0.1),
    }


def test_an_answer_to_somebody_is_not_that_one_s_answer() -> None:
    own = "In response to the union, Reck called it a lie."
    others = "In response to a remark by Reck, who called it a lie, the union went home."
    assert judge("What did Reck say in response?", own, others) == {
        own: PLAIN,
        others: pytest.approx(LACKING * 0.1),
    }
    assert judge("What did Reck say?", own, others)[others] == 0.1


def test_somebody_else_s_words_are_no_answer_while_the_one_asked_for_is_there() -> None:
    others = "Holm called it a lie."
    assert judge("What did Reck say about it?", "Reck called it a lie.", others)[
        others
    ] == pytest.approx(LACKING * 0.1)
    assert judge("What did Recc say about it?", "Reck called it a lie.", others)[others] == 0.1


def test_an_answer_is_unlikelier_if_even_the_best_sentence_lacks_it() -> None:
    question = "How much did the engine cost?"
    terms = analyze_question(
        question, document_frequencies={}, n_passages=0, word_ranks=word_ranks()
    )
    lacking, told = (
        pick(text, terms) for text in ("It carries 4,000 litres.", "It cost 88,000 crowns.")
    )
    assert judge_plainly(question, terms, [lacking])[1] == LACKING
    assert judge_plainly(question, terms, [lacking, told])[1] == 1.0
    assert judge_plainly(question, terms, []) == ((), 1.0)


@pytest.mark.parametrize(
    ("text", "share"),
    [("Ada Holm commands the fleet.", 1.0), ("Ada Holm visited the fleet in Quill.", UNMENTIONED)],
)
def test_an_answer_is_unlikelier_if_no_sentence_has_the_event(text: str, share: float) -> None:
    question = "Who commands the fleet?"
    terms = analyze_question(
        question, document_frequencies={}, n_passages=0, word_ranks=word_ranks()
    )
    assert judge_plainly(question, terms, [pick(text, terms)])[1] == share


def test_a_list_of_what_is_asked_for_is_an_answer_where_several_things_are() -> None:
    text = "The tenants demand:\n- both lifts\n- a caretaker"
    question = "What do the tenants demand?"
    terms = analyze_question(
        question, document_frequencies={}, n_passages=0, word_ranks=word_ranks()
    )
    item = pick(text, terms)
    whole = replace(item, end=len(text), text=text)
    (judged,), _ = judge_plainly(question, terms, [whole], whole_lists=True)
    assert judged.likelihood == PLAIN
    (judged,), _ = judge_plainly(question, terms, [item])
    assert judged.likelihood == item.likelihood


def test_neither_a_heading_nor_a_list_of_others_is_what_somebody_said() -> None:
    question = "What did Russia say?"
    terms = analyze_question(
        question, document_frequencies={}, n_passages=0, word_ranks=word_ranks()
    )
    others = "- NATO: Ada Holm wrote that Russia is to blame.\n- Britain: no word on Russia."
    whole = replace(pick(others, terms), end=len(others), text=others)
    heading = pick("# Kremlin answers Seoul: the work goes on", terms)
    for item in (whole, heading):
        (judged,), _ = judge_plainly(question, terms, [item], whole_lists=True)
        assert (judged.likelihood or 0.0) < PLAIN


def test_the_likeliest_comes_first_and_what_was_not_weighed_last() -> None:
    terms = analyze_question(
        "Who resigned?", document_frequencies={}, n_passages=0, word_ranks=word_ranks()
    )
    unweighed = pick("It rained.", terms, likelihood=None)
    weighed = pick("The lido opened.", terms, likelihood=0.0)
    plain = pick("Dita Ferro quit as coach.", terms, likelihood=None)
    judged, _ = judge_plainly("Who resigned?", terms, [unweighed, weighed, plain])
    assert [item.text for item in judged] == [plain.text, weighed.text, unweighed.text]


def test_a_heading_is_no_answer_beside_a_sentence() -> None:
    terms = analyze_question(
        "Why is the pier shut?", document_frequencies={}, n_passages=0, word_ranks=word_ranks()
    )
    sentence = pick("The pier is shut because a beam broke.", terms)
    heading = pick("Council Explains Shut Pier", terms)
    place = FEATURES.index("heading")
    marked = replace(
        heading, features=(*heading.features[:place], 1.0, *heading.features[place + 1 :])
    )
    judged, _ = judge_plainly("Why is the pier shut?", terms, [marked, sentence])
    assert [item.text for item in judged] == [sentence.text, heading.text]
    (alone,), _ = judge_plainly("Why is the pier shut?", terms, [marked])
    assert alone.likelihood == marked.likelihood
