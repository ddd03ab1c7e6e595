"""What the measurements write: the part of the document that evaluation measured."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.write_results import BEGIN, END, format_results, replace_part
from rag.evaluation.evaluate import Report
from rag.evaluation.measures import Outcome

SECONDS = {"retrieve": 0.1, "answer": 0.2, "total": 0.3}


def make_report(name: str, hits: list[float], **settings: str) -> Report:
    outcomes = tuple(
        Outcome(
            query_id=str(i),
            answerable=True,
            refused=False,
            probability=0.9,
            shares={"article hit@1": hit},
            seconds=SECONDS,
        )
        for i, hit in enumerate(hits)
    )
    return Report(name, 12, outcomes, settings)


def test_reports_of_a_set_are_columns_of_one_table() -> None:
    better = make_report("news", [1.0] * 40, reader="default")
    worse = make_report("news", [0.0] * 30 + [1.0] * 10, reader="none")
    lines = format_results([better, worse])
    head = next(line for line in lines if line.startswith("|"))
    assert [cell.strip() for cell in head.strip("|").split("|")] == [
        "",
        "as shipped",
        "reader none",
    ]
    (row,) = [line for line in lines if line.startswith("| article hit@1")]
    assert "1.000 (1.000 to 1.000)" in row
    assert "0.250 (" in row
    (said,) = [line for line in lines if line.startswith("Beyond noise")]
    assert "article hit@1 +0.750" in said
    assert lines[0] == "**news**: 12 articles, 40 questions."


def test_the_same_run_twice_differs_in_nothing() -> None:
    report = make_report("news", [1.0, 0.0, 1.0])
    assert format_results([report, report])[-1].endswith(": nothing.")


def test_sets_have_tables_of_their_own() -> None:
    lines = format_results([make_report("b", [1.0]), make_report("a", [1.0])])
    assert [line for line in lines if line.startswith("**")] == [
        "**a**: 12 articles, 1 questions.",
        "**b**: 12 articles, 1 questions.",
    ]


@given(st.text(alphabet="ab\n", max_size=30), st.text(alphabet="ab\n", max_size=30))
def test_only_what_is_between_the_marks_is_replaced(before: str, after: str) -> None:
    text = f"{before}{BEGIN}\nold\n{END}{after}"
    once = replace_part(text, ["new"])
    assert once.startswith(f"{before}{BEGIN}")
    assert once.endswith(f"{END}{after}")
    assert "old" not in once
    assert replace_part(once, ["new"]) == once


@pytest.mark.parametrize("text", ["", BEGIN, f"{END}\n{BEGIN}", f"{BEGIN}{BEGIN}{END}"])
def test_a_document_without_its_marks_is_left_alone(text: str) -> None:
    with pytest.raises(ValueError, match="it needs one line"):
        replace_part(text, ["new"])
