# Marks of other scripts and typographic quotes are what these tests are about.

import pytest
from hypothesis import example, given

from article_texts import ARTICLES, MONOTONOUS
from index.text.sentences import MAX_SENTENCE_CHARS, split_sentences
from index.types import Sentence

# One line each; " | " stands where the sentences part, and is a blank in the text.
LINES = {
    # Plain stops
    "two-statements": "The dam held. | Nobody slept that night.",
    "question-and-exclamation": "Did it hold? | It did! | Nobody had hoped so.",
    "run-of-marks": "They did what?! | The hall fell silent!!! | Then it emptied.",
    "no-final-stop": "The vote is over. | Counting starts at noon",
    "digit-starts-sentence": "The mine closed. | 400 people lost their work.",
    "number-ends-sentence": "The vote was 31 to 5. | The mayor abstained.",
    "year-ends-sentence": "The bridge opened in 1931. | It closed in 2019.",
    "dollar-starts-sentence": "The fund is empty. | $40 million went to roads.",
    "wide-gap": "The dam held. |      Nobody slept.",
    "stop-before-space": "The dam held . | Nobody slept .",
    "colon-goes-on": "The rule is simple: The ferry waits for nobody.",
    "semicolon-goes-on": "The ferry left; The crew stayed.",
    "lower-case-goes-on": "The site is called plain. and it is.",
    "brand-in-lower-case": "The shares rose. | eBuy fell.",
    "name-with-al": "The road is cut. | al-Zarim is behind the hills.",
    "emoji-starts-sentence": "The team won! | 🎉 The town danced.",
    "footnote-mark": "The lake is 90 metres deep.[4] | It never freezes.[a]",
    # Titles and names
    "title-mr": "The letter went to Mr. Abara. | He kept it.",
    "title-dr": "Dr. Lind and Mrs. Oyelaran agreed. | Ms. Petrov did not.",
    "title-stack": "The order came from Brig. Gen. Ada Holt. | It was brief.",
    "title-lt-col": "Lt. Col. Brandt and Sgt. Moss were at the gate.",
    "title-sen-rep-gov": "Sen. Ruth Vale, Rep. Tom Oddy and Gov. Lee Marsh met.",
    "title-prof-rev": "Prof. Nakata spoke before the Rt. Rev. John Cole.",
    "title-mid-sentence": "Critics say that Gen. Aldana knew. | The army denies it.",
    "title-plural": "Sens. Vale and Moss, and Reps. Oddy and Finch, voted no.",
    "mount-and-fort": "The path from Mt. Orel to Ft. Dunne is closed.",
    "initials-spaced": "The prize went to J. K. Marlow. | She was not there.",
    "initials-joined": "The prize went to J.K. Marlow. | She was not there.",
    "initial-middle": "The library of George W. Tallis burned. | Nothing was saved.",
    "initial-before-starter": "The file names only Mr. K. | The rest is blacked out.",
    "initial-of-other-script": "Министр А. С. Орлов ушёл. | Его место пусто.",
    "initials-three": "The poet R. S. T. Weir died at home.",
    "letter-as-name": "She took vitamin C. | It did not help.",
    "letter-after-hyphen": "He drives a Mach-E. | Everyone stares.",
    "letter-article-follows": "The singer J. A. Rook is here.",
    "pronoun-i": "It was between my brother and I. | Grandfather laughed.",
    "junior": "The post went to Omar Vane Jr. | He is 29.",
    "junior-goes-on": "They closed the Omar Vane Jr. Library.",
    "case-name": "The ruling in Holt v. Marsh stands. | It is final.",
    "versus": "Tonight it is Rovers vs. Wanderers. | Kick-off is late.",
    # States, countries, organisations
    "us-goes-on": "The U.S. President called the U.S. Senate.",
    "us-ends": "She returned to the U.S. | He stayed in Lisbon.",
    "us-ends-before-title": "She returned to the U.S. | Mr. Vane stayed.",
    "us-ends-before-contraction": "She left the U.S. | It's been a year.",
    "us-possessive": "The U.S.'s own figures differ. | They are older.",
    "us-lower-case": "The U.S. economy grew. | The U.S. dollar fell.",
    "un-goes-on": "A U.N. Security Council session was called. | It failed.",
    "uk-ends": "The firm left the U.K. | The workers did not.",
    "dc-goes-on": "The march reached Washington, D.C., at noon.",
    "dc-ends": "The march reached Washington, D.C. | Police had closed the bridges.",
    "state-ends": "The factory is in Salem, Ore. | Workers learned it by letter.",
    "state-dateline": "SALEM, Ore. (Wire) — The factory is shut. | Nobody knew.",
    "state-dash-dateline": "SALEM, Mass. – It's noon and the harbour is empty.",
    "state-of-member": "Ruth Vale, D-Calif., and Tom Oddy, R-Pa., agreed.",
    "state-in-brackets": "The Salem (Ore.) Courier broke the story.",
    "dateline": "SEOUL, Oct. 21 (Wire) — The envoy left. | He said nothing.",
    "dateline-acronym": "WASHINGTON, D.C. (Wire) — The envoy left.",
    "company-goes-on": "The chief of Aster Inc. Ada Holt resigned.",
    "company-ends": "He sold Aster Corp. | The price was low.",
    "company-comma": "Aster Co., Ltd. and Brill Bros. Pictures merged.",
    "saint": "They met in St. Orsola. | The town is small.",
    "street-ends": "The shop is on Mill St. | The bakery is next door.",
    "doctorate": "He has a Ph.D. in law. | She has an M.D. | The third has neither.",
    "et-al": "The method of Holt et al. Nature printed first is slow.",
    # Time and numbers
    "clock-goes-on": "It opens at 9 a.m. Monday and closes at 5 p.m. ET. | Entry is free.",
    "clock-zone-stop": "It starts at 6:15 p.m. ET.",
    "clock-day-range": "It is open 6-10 p.m. Sunday-Thursday.",
    "clock-ends": "The siren went at 5 a.m. | Windows shook.",
    "clock-number": "They met at 7 p.m. 21 October.",
    "months": "From Jan. 3 to Dec. 14 the pass is shut. | It reopens in spring.",
    "month-ends": "The law takes effect in Sept. | The fines follow.",
    "month-year": "It was signed in Nov. 1998 and lapsed in Feb. 2004.",
    "number-sign": "The world No. 1 lost to the No. 12 seed. | Nobody saw it coming.",
    "no-as-answer": "The answer was no. | The council left.",
    "no-capital-as-answer": "Was it safe? | No. | Was it legal?",
    "decimal": "Prices rose 3.5 percent. | Wages rose 1.2.",
    "thousands": "It cost 1,000.50 crowns. | The other cost $1.2 billion.",
    "version": "Release 4.11.2 mends it. | Release 4.12 does not.",
    "section-numbers": "See fig. 3 and pp. 12-14 in vol. 2. | The rest is online.",
    "established": "The inn (est. 1604) burned down. | The cellar stands.",
    "approximately": "It holds approx. 40 people, i.e. Everyone on the street.",
    "for-example": "Some crops, e.g. Barley, failed. | Others, i.e. rye, did not.",
    "etcetera-goes-on": "Tents, blankets, etc. were sent. | They arrived.",
    "etcetera-ends": "They sent tents, blankets, etc. | Nothing arrived.",
    "time-with-dot": "The train of 8.15 was late. | The 9.40 was not.",
    # Addresses
    "domain": "Details are on www.aster-river.example/map.html. | Entry is free.",
    "email": "Write to ada.holt@courier.example. | She answers.",
    "domain-mid": "The site aster.example was down. | It is back.",
    "file-name": "The file budget.final.xlsx leaked. | Nobody is named in it.",
    "node-name": "The tool Road.Io maps potholes.",
    "name-with-mark": "The host of Jeopardy! Ken Oddy and a chief of Yahoo! met.",
    "name-with-mark-then-starter": "He watched Jeopardy! | The rest of us left.",
    # Ellipses
    "ellipsis-goes-on": "The envoy paused ... and then left. | Nobody followed.",
    "ellipsis-ends": "The envoy paused... | The room waited.",
    "ellipsis-sign-ends": "And then… | Nothing happened.",
    "ellipsis-sign-goes-on": "We were … tired. | We slept.",
    "ellipsis-spaced": "We were . . . not amused. | We left.",
    "ellipsis-elided-then-capital": "We won the right way … | Baseball should look at us.",
    "ellipsis-elided-then-i": "Well … I am not sure.",
    "ellipsis-elided-then-number": "There were … 20 people.",
    "ellipsis-opens": "The grade is poor. | … But it was worse.",
    "ellipsis-opens-dots": "The grade is poor. | ...But it was worse.",
    "ellipsis-opens-quotation": "“It is poor,” he said. | “… But it was worse.”",
    # Quotations
    "quote-attributed-after": "“The rain will come.” he said.",
    "quote-question-asked": "“Is it true?” asked the judge. | Nobody spoke.",
    "quote-exclaimed": '"No!" he cried. | "Not again!"',
    "quote-question-by-name": "“Is it true?” Judge Ana Lind asked. | Nobody spoke.",
    "quote-question-by-title": '"Who signed it?" Mr. Vane said on Monday.',
    "quote-exclaimed-by-agency": "“We won!” Holt tweeted.",
    "quote-then-new-sentence": "“Is it true?” | The judge waited.",
    "quote-then-said-that": "“Is it true?” | Judge Lind said that she would wait.",
    "quote-then-he": "“Is it true?” | He asked nobody in particular.",
    "quote-stop-then-name": "“It is over.” | Holt said nothing more.",
    "quote-of-several": "“We came at dawn. | We left at noon. | Nobody saw us,” she said.",
    "quote-of-several-straight": '"We came at dawn. | We left at noon," she said. | "Nobody saw."',
    "quote-nested": "“He told me, ‘Go home.’ | I stayed.”",
    "quote-nested-closing": "“They asked, ‘Why?’” she said. | “Nobody knew.”",
    "quote-spaced-closing": "“They asked, ‘Why?’ ” the clerk said. | Nobody knew.",
    "quote-single": "'We are done.' | The crew left.",
    "quote-german": "„Wir gehen.“ | Niemand blieb.",
    "quote-french": "« Il pleut. » | Personne ne bouge.",
    "quote-french-question": "Il pleut ? | Oui !",
    "quote-guillemets": "«Мы уходим.» | Никто не остался.",
    "quote-by-dash": "“Never again.” — Ana Lind, mayor",
    "quote-unclosed-paragraph": "“The ferry was late. | We waited",
    "quote-mid-sentence": "The sign “Stop!” hung over the “No entry.” board.",
    "quote-after-comma": "The film “Who Is There?”, a comedy, opens today.",
    "quote-title-in-brackets": '"Late Show!" (Channel 4) won. | It was close.',
    "quote-then-quote": "“It is late.” | “It is early.”",
    "abbreviation-closes-quote": "“I miss the U.S.” | Holt wrote home.",
    # Brackets
    "bracket-sentence": "The pass is shut. | (It reopens in May.) | The valley waits.",
    "bracket-goes-on": "The pass (it is steep!) is shut. | The valley waits.",
    "bracket-after-stop": "The pass is shut (see the map.) | The valley waits.",
    "bracket-doubt": "A free (?) lunch was served. | It cost ten crowns.",
    "bracket-abbreviation": "The Union (est. 1904 in Salem, Ore.) Hall is sold.",
    "bracket-sentence-abbreviation": "(She lives in the U.S.) | Holt stayed.",
    "square-bracket": "“We left [the hall]. | They stayed.”",
    # Lists in one line
    "list-number": "1. Ferries stop at noon. | They resume on Friday.",
    "list-bracket-number": "(2) Ferries stop at noon.",
    "list-letter": "b. Ferries stop at noon.",
    "list-roman": "iv. Ferries stop at noon.",
    "list-bullet-number": "• 3. Ferries stop at noon.",
    "list-inline": "The best: 1. Aster Air; 2. Brill Air; 3. Coral Air.",
    # A blank that got lost
    "lost-space-before": "The vote is over. | The count begins.",
    # Other scripts
    "arabic-question": "هل وصل القطار؟ | نعم وصل.",
    "urdu-stop": "گاڑی آ گئی۔ | لوگ خوش ہیں۔",
    "hindi-danda": "बाँध टूट गया। | गाँव खाली है।",
    "greek": "Ο δρόμος έκλεισε. | Κανείς δεν πέρασε.",
    "german-abbreviation": "Manche, z. B. Gerste, fielen aus. | Roggen nicht.",
    "spanish-inverted": "La sala calló. | ¿Quién firmó? | ¡Nadie!",
    "spanish-title": "La Sra. Ortega viajó a EE.UU. Airlines lo confirmó.",
    "cyrillic-lower-case": "Мост закрыт. | В городе темно, т.е. тихо.",
    "korean": "다리가 끊어졌다. | 마을은 비었다.",
    "thai-no-stop": "สะพานถูกปิด หมู่บ้านว่างเปล่า",
}

# The parts of one line that has no blank between its sentences.
UNSPACED = {
    "chinese": ["大坝决口了。", "村庄空了！", "谁签的字？"],
    "chinese-quote-attributed": ["“大坝决口了。”市长说。", "没有人回答。"],
    "chinese-quote": ["“大坝决口了。”", "村庄空了。"],
    "japanese-quote-goes-on": ["「橋は閉じた。」と市長は言った。", "村は空だ。"],
    "japanese-quote": ["「橋は閉じた。」", "「村は空だ。」"],
    "hindi": ["बाँध टूट गया।", "गाँव खाली है।"],
    "lost-space": ["The vote is over.", "The count begins."],
    "lost-space-question": ["What does it say?", "Brief answers follow."],
    "lost-space-after-name": ["He left Ruritania.", "The train was late."],
    "adjacent-quotes": ["“It is late.”", "“It is early.”"],
}

HEADINGS = {
    "title": "Ferry strike strands thousands",
    "title-in-capitals": "FERRY STRIKE",
    "question": "What happens next?",
    "quoted-title": "‘Nobody told us’",
    "dateline-alone": "Port Asel, Wire —",
    "colon-inside": "Ferries: what we know so far",
    "abbreviation-inside": "Holt v. Marsh: the U.S. Reaction",
    "rule": "* * *",
    "line-of-dashes": "———",
    "chinese": "渡轮罢工",
}

STATEMENTS = {
    "full-stop": "Ferries stop at noon.",
    "stop-in-quote": "“Ferries stop at noon.”",
    "stop-in-bracket": "(Ferries stop at noon.)",
    "exclamation": "Ferries stop!",
    "quoted-question": "“Who signed it?”",
    "comma": "On Monday,",
    "colon": "Here is what we know:",
    "semicolon": "Ferries;",
    "ellipsis": "And then…",
    "bullet": "• Ferries to Asel",
    "dash-item": "- Ferries to Asel",
    "numbered": "3. Ferries to Asel",
    "lettered": "b) Ferries to Asel",
    "too-many-words": "the ferry " * 8,
    "too-long": "Streckenstilllegungsankündigung " * 4,
    "figure": "Diesel: $4.35",
    "figure-with-unit": "Prize: 1.2 million",
    "entry": "Manager: Ana Lind",
    "chinese-stop": "渡轮停了。",
    "two-sentences": "Ferries stop. Trains run",
}

PROSE = "The ferry company said on Monday that no boat would leave. "


def texts(text: str) -> list[str]:
    return [sentence.text for sentence in split_sentences(text)]


def assert_sentences_hold(text: str, sentences: tuple[Sentence, ...]) -> None:
    position = 0
    for sentence in sentences:
        assert sentence.start >= position
        assert text[position : sentence.start].strip() == ""
        assert text[sentence.start : sentence.end] == sentence.text
        assert sentence.text.strip() == sentence.text != ""
        assert len(sentence.text.splitlines()) == 1
        assert len(sentence.text) <= MAX_SENTENCE_CHARS
        position = sentence.end
    assert text[position:].strip() == ""


@pytest.mark.parametrize("line", LINES.values(), ids=LINES.keys())
def test_line_is_split_where_its_sentences_end(line: str) -> None:
    expected = [part.strip() for part in line.split(" | ")]
    assert texts(line.replace(" | ", " ")) == expected


@pytest.mark.parametrize("parts", UNSPACED.values(), ids=UNSPACED.keys())
def test_line_without_blanks_is_split_where_its_sentences_end(parts: list[str]) -> None:
    assert texts("".join(parts)) == parts


@pytest.mark.parametrize("line", HEADINGS.values(), ids=HEADINGS.keys())
def test_short_line_that_states_nothing_is_a_heading(line: str) -> None:
    first, heading, *_ = split_sentences(f"{PROSE}\n\n{line}\n\n{PROSE}")
    assert not first.is_heading
    assert (heading.text, heading.is_heading) == (line, True)


@pytest.mark.parametrize("line", STATEMENTS.values(), ids=STATEMENTS.keys())
def test_line_that_states_something_is_no_heading(line: str) -> None:
    assert not any(s.is_heading for s in split_sentences(f"{PROSE}\n{line}\n{PROSE}"))


def test_title_may_be_longer_than_a_heading() -> None:
    title = "Ferry company says that no boat will leave before the strike of its engineers is over"
    title += " and talks begin"
    first, second, third = split_sentences(f"{title}\n\n{PROSE}\n\n{title}")
    assert first.is_heading
    assert not second.is_heading
    assert not third.is_heading


def test_list_without_marks_has_one_heading() -> None:
    lines = [
        "Fares",
        "Asel to Brill",
        "Brill to Coral",
        "Coral to Dunne",
        "WINTER",
        "Asel to Dunne",
    ]
    sentences = split_sentences("\n".join([PROSE, *lines, PROSE]))
    assert [s.text for s in sentences if s.is_heading] == ["Fares", "WINTER"]


def test_title_byline_and_dateline_are_headings() -> None:
    sentences = split_sentences(f"Ferries stop\nAna Lind\nPort Asel\n{PROSE}")
    assert [s.is_heading for s in sentences] == [True, True, True, False]


def test_every_line_starts_a_paragraph() -> None:
    sentences = split_sentences("One is here. Two is here.\n\nThree is here.\nFour. Five is here.")
    assert [s.starts_paragraph for s in sentences] == [True, False, True, True, False]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r", "\n\n\n", "\v", "\f", "\x85", "\u2028"])
def test_line_break_ends_a_sentence(newline: str) -> None:
    assert texts(f"said Mr.{newline}and so on{newline}") == ["said Mr.", "and so on"]


def test_list_items_are_sentences_of_their_own() -> None:
    text = "They want:\n• higher pay\n• shorter shifts. And rest.\n- a dry cabin\n1. coal\n2. tea"
    assert texts(text) == [
        "They want:",
        "• higher pay",
        "• shorter shifts.",
        "And rest.",
        "- a dry cabin",
        "1. coal",
        "2. tea",
    ]


def test_marks_without_words_belong_to_the_sentence_before() -> None:
    assert texts("It is late. ... !!! \u201d") == ["It is late. ... !!! \u201d"]


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\t \r\n\u3000\n"], ids=repr)
def test_blank_text_has_no_sentences(text: str) -> None:
    assert split_sentences(text) == ()


@pytest.mark.parametrize(
    ("unit", "end"),
    [("word word, ", "word,"), ("ab ab; ", "ab;"), ("one two ", "two"), ("列，", "，"), ("x", "x")],
    ids=["comma", "semicolon", "blank", "ideographic-comma", "nothing"],
)
def test_overlong_sentence_is_cut_at_the_best_place(unit: str, end: str) -> None:
    text = (unit * MAX_SENTENCE_CHARS * 3).strip()[: MAX_SENTENCE_CHARS * 5 // 2].strip()
    sentences = split_sentences(text)
    assert_sentences_hold(text, sentences)
    assert len(sentences) in {2, 3}
    assert sentences[0].text.endswith(end)
    assert len(sentences[0].text) > MAX_SENTENCE_CHARS - 2 * len(unit)
    assert not any(s.is_heading for s in sentences)


def test_sentence_of_the_longest_length_stays_whole() -> None:
    text = "x" * (MAX_SENTENCE_CHARS - 1) + "."
    assert texts(text) == [text]


# Whatever the text


@given(ARTICLES)
@example("\x1c.\x1d")
@example('.”“"')
def test_sentences_cover_any_text(text: str) -> None:
    assert_sentences_hold(text, split_sentences(text))


@given(ARTICLES)
def test_heading_is_a_line_of_its_own(text: str) -> None:
    lines = {line.strip() for line in text.splitlines()}
    for sentence in split_sentences(text):
        assert not sentence.is_heading or sentence.text in lines


@given(ARTICLES)
def test_sentence_does_not_depend_on_other_lines(text: str) -> None:
    alone = [part for line in text.splitlines() for part in texts(line)]
    assert texts(text) == alone


@pytest.mark.parametrize("unit", MONOTONOUS.values(), ids=MONOTONOUS.keys())
def test_long_monotonous_text_is_split(unit: str) -> None:
    # Anything worse than linear would show as a run that does not end.
    text = unit * (100_000 // len(unit))
    sentences = split_sentences(text)
    assert_sentences_hold(text, sentences)
