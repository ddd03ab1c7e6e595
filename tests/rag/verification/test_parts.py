"""What the checks of a claim read out of a text: quantities, dates, names, quotations, speakers."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.language.attribution import compare_speakers, find_attributions
from index.language.nations import find_nations
from index.language.quotations import find_quotations, missing_quotations
from rag.asking.terms import nation_stem
from rag.verification.alignment import (
    align_words,
    find_gaps,
    longest_skip,
    ordered_share,
    pool_words,
)
from rag.verification.checks import check_speaker
from rag.verification.numbers_and_dates import (
    QuantityKind,
    agrees,
    backs,
    find_moments,
    find_quantities,
)
from rag.verification.parsed_text import (
    SMALL_NUMBERS,
    Name,
    NamedText,
    choose_sentences,
    find_names,
    is_common_noun,
    read_text,
)
from rag.verification.polarity import find_clashes

FORMS = (
    "the ports port ported porter relational relate relation ties tie tied dying die dies eyed eye"
    " ay ays day days happy happily happiness colour color colouring organise organize organisation"
    " sensibility sensible generalisation general Moscow Russian Russia Kremlin Korea China's China"
    " twelve 12 12,000 don't U.S. UN ran running runs ﬁne Straße İzmir said. Then? “No”"
).split()
TEXTS = st.text(max_size=200) | st.text("aB “”\"'.,1 29%$’-\n", max_size=200)


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("1,234,567 people", 1_234_567, "plain"),
        ("1.2 million", 1_200_000, "plain"),
        ("$3bn", 3_000_000_000, "money"),
        ("300 euros", 300, "money"),
        ("12 %", 12, "percent"),
        ("12 percent", 12, "percent"),
        ("half", 50, "percent"),
        ("the 21st", 21, "ordinal"),
        ("the third", 3, "ordinal"),
        ("twenty-one", 21, "plain"),
        ("two hundred and fifty thousand", 250_000, "plain"),
        ("two dozen", 24, "plain"),
    ],
)
def test_quantities_are_read(text: str, value: float, kind: str) -> None:
    (quantity,) = find_quantities(f"It was {text}.")

    assert (quantity.value, quantity.kind) == (value, QuantityKind(kind))


@pytest.mark.parametrize(
    ("claim", "evidence", "expected"),
    [
        ("about 1.2 million", "1,234,567", True),
        ("1.2 million", "1,234,567", True),
        ("1.2 million", "1,334,567", False),
        ("1,234,567", "1.2 million", False),
        ("twelve", "12", True),
        ("12", "21", False),
        ("12 percent", "12 people", False),
        ("$5 million", "€5 million", False),
        ("5 million", "$5 million", True),
        ("more than 300", "312", True),
        ("more than 300", "299", False),
        ("more than 300", "900", False),
        ("fewer than 300", "280", True),
        ("about 300", "297", True),
        ("300", "297", False),
        ("2 million", "1.6 million", False),
        ("over 300", "about 300", False),
        ("over 300", "more than 300", True),
        ("over 300", "300", True),
        ("under 300", "nearly 300", False),
        ("about 300", "over 300", True),
        ("more than the 300", "312", False),
    ],
)
def test_a_figure_is_backed_as_exactly_as_it_is_said(
    claim: str, evidence: str, expected: bool
) -> None:
    (ours,), (theirs,) = find_quantities(f"They saw {claim}."), find_quantities(f"It: {evidence}.")

    assert backs(theirs, ours) is expected


@given(st.integers(0, 10**15))
def test_a_number_backs_itself_however_it_is_grouped(number: int) -> None:
    (plain,), (grouped,) = find_quantities(f"x {number} y"), find_quantities(f"x {number:,} y")

    assert plain.value == grouped.value == number
    assert backs(plain, grouped)


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)))
def test_a_date_is_read_however_it_is_written(day: date) -> None:
    month = day.strftime("%B")
    forms = [
        f"On {day.day} {month} {day.year}.",
        f"On {month} {day.day}, {day.year}.",
        f"On {day.isoformat()}.",
    ]

    read = [find_moments(form)[0] for form in forms]

    assert {(m.year, m.month, m.day) for m in read} == {(day.year, day.month, day.day)}


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(0, 6))
def test_a_weekday_is_the_last_one_before_the_day_of_writing(published: date, back: int) -> None:
    day = published - timedelta(days=back)

    (moment,) = find_moments(f"It closed on {day.strftime('%A')}.", published=published)

    assert date(moment.year or 1, moment.month or 1, moment.day or 1) == day


@pytest.mark.parametrize(
    ("claim", "evidence", "expected"),
    [
        ("in October 2024", "on 21 October 2024", True),
        ("on 21 October 2024", "in October 2024", False),
        ("on 21 October 2024", "on Oct. 21", True),
        ("in 2024", "on 21 October 2024", True),
        ("in 2023", "on 21 October 2024", False),
        ("in the 1990s", "in 1994", True),
        ("in the 1980s", "in 1994", False),
        ("on Monday", "on Tuesday", False),
    ],
)
def test_dates_agree_as_far_as_they_are_said(claim: str, evidence: str, expected: bool) -> None:
    (ours,), (theirs,) = find_moments(claim), find_moments(evidence)

    assert agrees(theirs, ours) is expected


def test_a_modal_verb_is_no_month_and_a_range_of_years_is_one_date() -> None:
    assert find_moments("May it close? They may march on.") == ()
    assert [m.text for m in find_moments("The season of 2018–19 began in May.")] == [
        "2018–19",
        "May",
    ]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("The mayor, Tomas Reck, met Dr. Ines Varga.", ["Tomas Reck", "Dr. Ines Varga"]),
        ("However the Bank of Quill paid.", ["Bank of Quill"]),
        ("On Monday it closed.", []),
        ("Sketching helps.", []),
        ("Additionally, the quay closed. However Reck paid.", ["Reck"]),
        ("   Although Varga paid, it closed.", ["Varga"]),
        ("It fell.However, Reck paid.", ["Reck"]),
    ],
)
def test_names_are_found(text: str, names: list[str]) -> None:
    assert [name.text.replace("Dr ", "Dr. ") for name in find_names(text)] == names


@pytest.mark.parametrize(
    ("claim", "evidence", "missing"),
    [
        ("It was Tomas Reck.", "The mayor, Reck, and his brother Tomas.", False),
        ("It was Tomas Reck.", "The mayor, Tomas Rick.", True),
        ("It helped Moscow.", "Russia was helped.", False),
        ("It helped Moscow.", "Poland was helped.", True),
        ("It was the UWB.", "The United Welders of Britain struck.", True),
        ("It was the QWG.", "The Quill Welders Guild struck.", False),
        ("It was Zoë’s.", "Zoe had it.", False),
        ("It was Tomas Reck.", "On Monday Reck paid, and Mr Reck left.", False),
        ("It was Tomas Reck.", "On Monday Anna Reck paid, and Reck left.", True),
        ("It was New Quill.", "On Monday Quill paid.", True),
        ("It was Anna Varga.", "On Monday Anna Reck paid Ines Varga.", True),
        ("It was Anna Varga.", "On Monday Anna Reck paid, and Varga left.", False),
        ("It was Ines Varga.", "On Monday Anna Reck paid Ines Varga.", False),
        ("It was Ines Varga.", "On Monday Anna Reck paid Ines, and Mayor Varga left.", False),
        ("It was the Bank of Quillon.", "On Monday Quillon paid.", True),
        ("It was Europe.", "The European Union paid.", False),
        ("It was a Quillonian.", "On Monday Quillon paid.", False),
        ("It was Martin.", "On Monday Marti paid.", True),
    ],
)
def test_a_name_is_missed_unless_it_goes_by_another(
    claim: str, evidence: str, missing: bool
) -> None:
    (name,) = find_names(claim)

    assert bool(NamedText(evidence).missing_words(name)) is missing


ARTICLE = (
    "“The quay is cracked,” said the engineer, “and it will not hold through another winter of"
    " storms.” The town's “fish market” is closed [until May]."
)


@pytest.mark.parametrize(
    ("claim", "missing"),
    [
        ("She said “the quay is cracked”.", []),
        ('She said "The quay is cracked ... will not hold".', []),
        ("She said “the quay is cracked and it will not hold through another winter”.", []),
        ("She said “it will hold”.", ["it will hold"]),
        ("It's the engineers' 'fish market'.", []),
        ("It is a «fish harbour».", ["fish harbour"]),
        ("She said “the quay [of Quill] is cracked”.", []),
        ("Nothing is quoted.", []),
    ],
)
def test_quoted_words_must_stand_in_the_text(claim: str, missing: list[str]) -> None:
    assert [quotation.text for quotation in missing_quotations(claim, ARTICLE)] == missing


@given(st.lists(st.sampled_from("the quay is not cracked it holds".split()), min_size=1))
def test_every_run_of_words_of_a_text_may_be_quoted(words: list[str]) -> None:
    text = " ".join(words)

    assert missing_quotations(f"“{text}”", f"They wrote: {text}!") == ()


@given(TEXTS)
def test_quotations_are_stretches_of_the_text(text: str) -> None:
    for quotation in find_quotations(text):
        assert text[quotation.start : quotation.end] == quotation.text


@pytest.mark.parametrize(
    ("text", "heads"),
    [
        ("Reck said the quay was safe.", ["Reck"]),
        ("“It will hold,” said Mayor Tomas Reck.", ["Mayor Tomas Reck"]),
        ("“It will hold,” Reck told reporters.", ["Reck"]),
        ("According to Ines Varga, it will hold.", ["Ines Varga"]),
        ("It will hold, the mayor said.", ["the mayor"]),
        ("Ines Varga, an engineer from Quill, said it will hold.", ["Ines Varga"]),
        ("“Reck said no” is what they sing.", []),
        ("  Additionally, the town should state its case.", []),
        ("Keep in mind that Ines Varga said it will hold.", ["Ines Varga"]),
        ("“It will hold,” Ines Varga, a mayor, said at a Quill fair.", ["Ines Varga"]),
        ("Reck won delegates who get a say in the party.", []),
        ("Reck, an engineer, said Quill’s “cracked” quay will not hold.", ["Reck"]),
    ],
)
def test_subjects_of_verbs_of_saying_are_found(text: str, heads: list[str]) -> None:
    assert [found.head for found in find_attributions(text)] == heads


@pytest.mark.parametrize(
    ("claim", "agreement"),
    [
        ("Varga said: “It will not hold.”", 1),
        ("Reck said: “It will not hold.”", -1),
        ("Reck said the town had no money for the quay.", 1),
        ("Ines Varga said the town had no money for the quay.", -1),
        ("The quay will not hold.", 0),
        ("He said it will not hold.", 0),
    ],
)
def test_words_belong_to_who_says_them(claim: str, agreement: int) -> None:
    evidence = (
        "“It will not hold,” said engineer Ines Varga. Mayor Tomas Reck said the town had no money"
        " for the quay."
    )

    assert check_speaker(read_text(claim), read_text(evidence)).agreement == agreement


def test_speakers_are_compared_by_family_name_nation_and_initials() -> None:
    assert compare_speakers("Varga", "Ines Varga", "Ines Varga, an engineer") == 1
    assert compare_speakers("Anna Varga", "Ines Varga", "Ines Varga") == -1
    assert compare_speakers("Russia", "Peskov", "Kremlin spokesman Dmitry Peskov") == 1
    assert compare_speakers("QWG", "Quill Welders Guild", "Quill Welders Guild") == 1
    assert compare_speakers("Reck", "Ines Varga", "Ines Varga") == -1
    assert compare_speakers("the union", "Ines Varga", "Ines Varga, head of the union") == 1


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        ("The old quay will not hold in winter.", []),
        ("The old quay will hold in winter.", ["hold"]),
        ("Prices of fish fell in Quill.", ["fell"]),
        ("Prices of fish rose in Quill.", []),
    ],
)
def test_opposites_and_negations_clash(claim: str, words: list[str]) -> None:
    evidence = read_text("The old quay will not hold in winter, and prices of fish rose in Quill.")

    assert [clash.word for clash in find_clashes(read_text(claim), evidence, [0])] == words


@pytest.mark.parametrize(
    ("claim", "evidence", "words"),
    [
        ("Reck runs the old quay firm Alm.", "Reck runs the failed quay firm Alm.", []),
        ("Alm repaired the old quay.", "Alm failed to repair the old quay.", ["repaired"]),
        ("The quay is safe in winter.", "The quay is not only safe in winter but new.", []),
        ("Varga said: “They paid, so he can’t.”", "“They paid, so he can’t,” Varga said.", []),
        ("The quay is safe in winter.", 'The quay is not "safe" in winter.', ["safe"]),
    ],
)
def test_a_negation_ends_with_its_clause(claim: str, evidence: str, words: list[str]) -> None:
    clashes = find_clashes(read_text(claim), read_text(evidence), [0])

    assert [clash.word for clash in clashes] == words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Under the Act they paid.", True),
        ("They paid its Board.", True),
        ("They paid Board.", False),
        ("They paid the Varga.", False),
    ],
)
def test_an_everyday_word_with_a_determiner_is_no_name(text: str, expected: bool) -> None:
    assert is_common_noun(text, find_names(text)[-1]) is expected


@pytest.mark.parametrize(
    ("claim", "sentence", "gaps"),
    [
        ("The quay of Quill fell.", "The quay of Marrow fell.", [("Quill", "Marrow")]),
        (
            "Reck met the mayor of Quill on Friday, in Quill, during a visit to the town.",
            "Reck paid a visit to Quill on Friday, and met its mayor as Marrow shelled the town.",
            [],
        ),
        ("Marrow, Tollen and Quill closed.", "Quill, Tollen and Marrow closed.", []),
    ],
)
def test_what_only_stands_elsewhere_is_not_replaced(
    claim: str, sentence: str, gaps: list[tuple[str, str]]
) -> None:
    found = dict.fromkeys(find_gaps(read_text(claim).words, read_text(sentence).words))

    assert [(claim[slice(*g.ours)], sentence[slice(*g.theirs)]) for g in found] == gaps


def test_gaps_are_what_differs_between_common_words() -> None:
    claim, sentence = "Reck gave Varga the keys.", "Varga gave Reck the keys."

    gaps = list(find_gaps(read_text(claim).words, read_text(sentence).words))

    assert [(claim[slice(*g.ours)], sentence[slice(*g.theirs)]) for g in gaps] == [
        ("Reck", "Varga"),
        ("Varga", "Reck"),
    ]


@given(claim=TEXTS, evidence=TEXTS)
@settings(deadline=None, max_examples=80)
def test_shares_are_shares(claim: str, evidence: str) -> None:
    found = align_words(read_text(claim), read_text(evidence)).features

    for name in ("sentence_coverage", "window_coverage", "whole_coverage", "overlap"):
        assert -1e-9 <= found[name] <= 1 + 1e-9
    assert found["sentence_coverage"] <= found["window_coverage"] + 1e-9
    assert found["window_coverage"] <= found["whole_coverage"] + 1e-9


@pytest.mark.parametrize(
    ("claim", "share"),
    [
        ("Varga paid Reck.", 1),
        ("Varga paid Tomas Reck on Monday.", 4 / 6),
        ("Reck paid Varga.", 1 / 3),
        ("Varga, who was paid by Varga, paid Reck.", 3 / 8),
        ("", 0),
    ],
)
def test_words_count_in_the_order_of_the_evidence(claim: str, share: float) -> None:
    evidence = read_text("On Monday Varga paid the mayor, Tomas Reck.")

    assert ordered_share(read_text(claim), evidence) == pytest.approx(share)


@pytest.mark.parametrize(
    ("claim", "skip"),
    [
        ("The mayor may close the quay.", 7),
        ("The council may close the quay.", 0),
        ("The mayor proposes the rules.", 0),
        ("The mayor proposes the rules and the council may close it.", 1),
        ("Nobody sang.", 0),
    ],
)
def test_a_skip_is_what_the_evidence_has_between(claim: str, skip: int) -> None:
    evidence = read_text("The mayor proposes the rules, and only the council may close the quay.")

    assert longest_skip(read_text(claim), evidence) == skip


@given(st.lists(st.sampled_from("quay quill reck varga tollen".split()), min_size=1, max_size=7))
def test_the_ordered_share_is_that_of_the_longest_part_that_fits(words: list[str]) -> None:
    evidence = "reck quay tollen varga quay".split()
    fitting = [
        part
        for size in range(len(words) + 1)
        for part in combinations(words, size)
        if any(part == other for other in combinations(evidence, size))
    ]

    share = ordered_share(read_text(" ".join(words)), read_text(" ".join(evidence)))

    assert share == pytest.approx(max(map(len, fitting)) / len(words))


@given(TEXTS)
@settings(deadline=None, max_examples=80)
def test_a_reading_keeps_every_word_in_its_place(text: str) -> None:
    reading = read_text(text)

    assert all(text[word.start : word.end] == word.text for word in reading.words)
    assert len(reading.sentences) == len(reading.word_ranges)
    chosen = choose_sentences(reading, reading, limit=2)
    assert list(chosen) == sorted(set(chosen))
    assert len(chosen) == min(2, len(reading.sentences))


@given(TEXTS | st.lists(st.sampled_from(FORMS), max_size=40).map(" ".join))
@settings(deadline=None, max_examples=80)
def test_the_words_of_a_text_are_read_as_each_alone(text: str) -> None:
    reading = read_text(text)
    named = find_nations(text)

    matches = list(re.finditer(r"\w+", text))
    assert [(w.text, w.start, w.end) for w in reading.words] == [
        (m.group(), *m.span()) for m in matches
    ]
    for word in reading.words:
        (alone,) = read_text(word.text).words
        nation = next((m.nation for m in named if m.start <= word.start < m.end), None)
        assert word.weight == alone.weight
        if nation and word.weight:
            assert word.stem == nation_stem(nation)
        elif not alone.stem.startswith("@"):
            assert word.stem == alone.stem
    for (start, end), (first, last) in zip(reading.sentences, reading.word_ranges, strict=True):
        assert [w.start for w in reading.words[first:last]] == [
            m.start() for m in matches if start <= m.start() < end
        ]


@given(
    st.lists(st.sampled_from(FORMS), min_size=1, max_size=8).map(" ".join),
    st.lists(st.sampled_from(FORMS), min_size=1, max_size=40).map(" ".join),
)
@settings(deadline=None, max_examples=150)
def test_what_is_read_beside_a_claim_meets_it_in_the_same_words(claim: str, text: str) -> None:
    ours = read_text(claim)
    whole, beside = read_text(text), read_text(text, beside=ours)

    for stem in ours.stems:
        assert [i for i, other in enumerate(beside.stems) if other == stem] == [
            i for i, other in enumerate(whole.stems) if other == stem
        ]


@pytest.mark.parametrize("case", [str.lower, str.upper, str.title])
def test_every_number_in_words_is_found(case: Callable[[str], str]) -> None:
    units = [word for word in SMALL_NUMBERS if word != "one"]
    scales = [f"{a} {b}" for a in ("a", "two") for b in ("hundred", "million", "billion", "dozen")]
    ordinals = "first second third fourth fifth sixth seventh eighth ninth tenth twelfth".split()

    for number in [*units, *scales, *ordinals, "half", "a\nthousand", "a\xa0trillion"]:
        (found,) = find_quantities(f"But {case(number)}, they say.")
        assert found.text == case(number)


@given(
    st.lists(st.sampled_from("Varga Alm Reck Nuri Tollen Olsund".split()), min_size=2, max_size=5)
)
def test_initials_of_a_name_are_found_wherever_it_stands(words: list[str]) -> None:
    initials = "".join(word[0] for word in words)
    text = f"Nobody had been to the {' '.join(words)} before the strike."

    assert not NamedText(text).missing_words(Name(initials, 0, 0, (initials.casefold(),)))
    absent = initials + "q"
    assert NamedText(text).missing_words(Name(absent, 0, 0, (absent.casefold(),)))


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 6)), min_size=1, max_size=12),
    st.lists(st.integers(1, 4), min_size=1, max_size=30),
)
def test_words_get_the_mean_of_their_tokens(gaps: list[tuple[int, int]], pieces: list[int]) -> None:
    words, place = [], 0
    for gap, length in gaps:
        words.append("x" * length)
        place += gap + length
    reading = read_text(" ".join(words))
    spans, start = [], 0
    for piece in pieces:
        spans.append((start, start + piece))
        start += piece
    vectors = np.arange(len(spans), dtype=np.float32)[:, None]

    pooled = pool_words(reading, np.array(spans, np.int64), vectors)

    for word, row in zip(reading.words, pooled, strict=True):
        # A token belongs to the word that it begins in, or reaches into first.
        owned = [
            i
            for i, (a, b) in enumerate(spans)
            if a < word.end
            and b > word.start
            and not any(other.start < word.start and a < other.end for other in reading.words)
        ]
        assert row[0] == pytest.approx(np.mean(owned) if owned else 0.0)
