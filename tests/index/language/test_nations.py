"""Nations: the table against itself, longest match, boundaries, case, spans."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.language.nations import Mention, MentionKind, find_nations, listed_forms

FORMS = tuple(dict.fromkeys((nation, form) for form, nation, _ in listed_forms()))
NATIONS = tuple(dict.fromkeys(nation for nation, _ in FORMS))
LOWER_CASE_ABBREVIATIONS = {"drc", "eu", "ksa", "lao", "nz", "prc", "rok", "uae", "uk", "usa"}


def found(text: str, *, ignore_case: bool = False) -> list[tuple[str, str]]:
    """Return (nation, the text that names it) of every mention."""
    return [(m.nation, text[m.start : m.end]) for m in find_nations(text, ignore_case=ignore_case)]


def nations_in(text: str, *, ignore_case: bool = False) -> list[str]:
    return [mention.nation for mention in find_nations(text, ignore_case=ignore_case)]


def test_every_form_finds_its_own_nation_and_nothing_else() -> None:
    # So no form is listed under two nations, or among those that stand for none.
    assert [(nation, form) for nation, form in FORMS if found(form) != [(nation, form)]] == []


def test_no_form_is_listed_under_two_nations_in_another_case() -> None:
    owners: dict[str, set[str]] = {}
    for nation, form in FORMS:
        owners.setdefault(form.casefold(), set()).add(nation)
    assert {form: of for form, of in owners.items() if len(of) > 1} == {}


def test_forms_are_clean_and_begin_with_the_canonical_name() -> None:
    for nation in NATIONS:
        forms = [form for owner, form in FORMS if owner == nation]
        assert forms[0] == nation
        assert all(re.fullmatch(r"[\w.,'-]+(?: [\w.,'-]+)*", form) for form in forms), forms


def test_the_table_holds_the_members_of_the_united_nations() -> None:
    # 193 members, the Holy See, and those listed behind it.
    members = NATIONS[: NATIONS.index("Bermuda")]
    assert len(members) == 193 + 1
    assert set(members).isdisjoint({"Taiwan", "Kosovo", "Palestine", "European Union"})


def test_every_form_is_found_as_what_the_table_lists_it_as() -> None:
    kinds = {form: kind for form, _, kind in listed_forms()}
    assert all(find_nations(form)[0].kind is kind for form, kind in kinds.items())


@pytest.mark.parametrize(
    ("text", "nation", "kind"),
    [
        ("Russia replied.", "Russia", MentionKind.NAME),
        ("the Russian envoy", "Russia", MentionKind.DEMONYM),
        ("two Russians left", "Russia", MentionKind.DEMONYM),
        ("Moscow replied.", "Russia", MentionKind.SEAT),
        ("the Kremlin replied", "Russia", MentionKind.SEAT),
        ("the U.S. replied", "United States", MentionKind.NAME),
        ("the White House replied", "United States", MentionKind.SEAT),
        ("Two Britons left", "United Kingdom", MentionKind.DEMONYM),
        ("Downing Street replied", "United Kingdom", MentionKind.SEAT),
        ("a Frenchman left", "France", MentionKind.DEMONYM),
        ("The Élysée replied", "France", MentionKind.SEAT),
        ("The Elysee replied", "France", MentionKind.SEAT),
        ("the UAE replied", "United Arab Emirates", MentionKind.NAME),
        ("the ROK navy", "South Korea", MentionKind.NAME),
        ("the DPRK replied", "North Korea", MentionKind.NAME),
        ("Brussels replied", "European Union", MentionKind.SEAT),
        ("the Palestinian Authority replied", "Palestine", MentionKind.NAME),
        ("Nato replied", "NATO", MentionKind.NAME),
    ],
)
def test_kinds(text: str, nation: str, kind: MentionKind) -> None:
    (mention,) = find_nations(text)
    assert (mention.nation, mention.kind) == (nation, kind)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Guinea and Guinea-Bissau", ["Guinea", "Guinea-Bissau"]),
        ("Papua New Guinea, Equatorial Guinea", ["Papua New Guinea", "Equatorial Guinea"]),
        ("Niger, Nigeria, Nigerien, Nigerian", ["Niger", "Nigeria", "Niger", "Nigeria"]),
        ("Sudan and South Sudan", ["Sudan", "South Sudan"]),
        ("South Korean and North Korean troops", ["South Korea", "North Korea"]),
        ("the Democratic People's Republic of Korea", ["North Korea"]),
        ("the Republic of Korea", ["South Korea"]),
        ("the Republic of China", ["Taiwan"]),
        ("the People's Republic of China", ["China"]),
        ("the Democratic Republic of the Congo", ["Democratic Republic of the Congo"]),
        ("the Republic of the Congo", ["Republic of the Congo"]),
        ("the Dominican Republic and Dominica", ["Dominican Republic", "Dominica"]),
        ("Northern Ireland, Ireland", ["Northern Ireland", "Ireland"]),
        ("Mexico City talks to New Delhi", ["Mexico", "India"]),
        ("Turkish Cypriots met Turks", ["Cyprus", "Turkey"]),
    ],
)
def test_the_longest_form_wins(text: str, expected: list[str]) -> None:
    assert nations_in(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("Korea", "the Korean Peninsula", "Congo", "Congolese troops", "a Dominican priest"),
        *("New Mexico", "the Washington Post", "the Paris Agreement", "the South China Sea"),
        *("Latin American markets", "New York", "US$5 million", "the Indian Ocean", "New Guinea"),
        *("Lake Chad", "New South Wales", "Inner Mongolia", "Brussels sprouts"),
    ],
)
def test_shared_forms_and_longer_terms_are_no_nation(text: str) -> None:
    assert nations_in(text) == []
    assert nations_in(text, ignore_case=True) == []


@pytest.mark.parametrize(
    "text",
    [
        *("Prussia", "Russiagate", "xRussia", "Russia2", "Americas", "Romeo", "Chadwick"),
        *("Malinois", "Omanhene", "Parisian", "USAID", "BUS", "Nigerian1", "Tunisair"),
    ],
)
def test_forms_match_as_whole_words(text: str) -> None:
    assert nations_in(text) == []


@pytest.mark.parametrize(
    ("text", "form"),
    [
        *(("Russia's reply", "Russia"), ("Russia’s reply", "Russia"), ("Moscow's", "Moscow")),
        *(("the Americans’ reply", "Americans"), ("US-led", "US"), ("pro-Russian", "Russian")),
        *(("the U.S.-led talks", "U.S."), ("left the U.S.", "U.S."), ("“Russia”", "Russia")),
        *(("(China)", "China"), ("Côte d’Ivoire", "Côte d’Ivoire"), ("China/", "China")),
        *(("the White\nHouse", "White\nHouse"), ("Hong\u00a0Kong", "Hong\u00a0Kong")),
    ],
)
def test_punctuation_and_possessives(text: str, form: str) -> None:
    assert [matched for _, matched in found(text)] == [form]


def test_a_form_does_not_reach_over_a_paragraph() -> None:
    assert nations_in("White\n\nHouse") == []


@pytest.mark.parametrize(
    "text", ["tell us", "roast turkey", "a hanging chad", "russia", "RUSSIA", "polish it", "Us"]
)
def test_case_counts_in_articles(text: str) -> None:
    assert nations_in(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("what did russia say", ["Russia"]),
        ("what did the russians say to RUSSIA", ["Russia", "Russia"]),
        ("did the kremlin answer the white house", ["Russia", "United States"]),
        ("what did the uk and the eu tell us", ["United Kingdom", "European Union"]),
        ("what did the US tell us", ["United States"]),
        ("how are the thais and the swiss", ["Thailand", "Switzerland"]),
        ("what did south korean troops do in north korea", ["South Korea", "North Korea"]),
        ("côte d’ivoire", ["Ivory Coast"]),
        ("who has no 10 million, and whose car, poles or png is it", []),
    ],
)
def test_case_does_not_count_in_questions(text: str, expected: list[str]) -> None:
    assert nations_in(text, ignore_case=True) == expected


def test_every_short_form_was_thought_about_in_lower_case() -> None:
    short = {
        form.lower() for _, form in FORMS if sum(map(str.isalpha, form)) < 4 and "." not in form
    }
    matched = {form for form in short if nations_in(form, ignore_case=True)}
    assert matched == LOWER_CASE_ABBREVIATIONS


TEXTS = st.lists(
    st.one_of(
        st.sampled_from([form for _, form in FORMS]),
        st.sampled_from(["New ", " ", "'s ", "’s", "-", ". ", "South ", "us", "İ", "ı", "ſ", "K"]),
        st.text(max_size=8),
    ),
    max_size=12,
).map("".join)


@given(TEXTS, st.booleans())
def test_spans_are_exact_ordered_and_never_overlap(text: str, ignore_case: bool) -> None:
    end = 0
    for mention in find_nations(text, ignore_case=ignore_case):
        assert end <= mention.start < mention.end <= len(text)
        end = mention.end
        form = re.sub(r"\s", " ", text[mention.start : mention.end]).replace("’", "'")
        aliases = {alias for nation, alias in FORMS if nation == mention.nation}
        if ignore_case:
            assert form.casefold() in {alias.casefold() for alias in aliases}
        else:
            assert form in aliases


@given(st.lists(st.sampled_from(FORMS), max_size=6))
def test_forms_set_apart_are_all_found(pairs: list[tuple[str, str]]) -> None:
    text = " , ".join(form for _, form in pairs)
    assert found(text) == [(nation, form) for nation, form in pairs]


def test_a_mention_says_where_it_stands() -> None:
    text = "Yesterday Moscow’s envoy left."
    assert find_nations(text) == (Mention("Russia", 10, 16, MentionKind.SEAT),)


def test_the_table_is_not_read_at_import() -> None:
    code = """
import sys
def note(event, args):
    if event == "open" and str(args[0]).endswith("nations.txt"):
        print("read")
sys.addaudithook(note)
import index.language.nations as nations
print("imported")
nations.find_nations("Moscow")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.split() == ["imported", "read"]
