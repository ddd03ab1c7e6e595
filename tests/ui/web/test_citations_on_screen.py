"""What is marked on the screen is what the citation says: the place in the article's text."""

from __future__ import annotations

import json
import random
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from browser import ask, visit
from conftest import ROOT, StartChat
from index.adding.load import load_articles
from onrecord import Article, Library

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.model, pytest.mark.slow]

N_ANSWERS = 60
N_IN_CONVERSATION = 25

# Presses every source of an answer, and reads back what the panel then marks.
READ_BACK = """async (number) => {
  const wait = (isTrue) => new Promise((resolve, reject) => {
    const begun = performance.now();
    const look = () => {
      if (isTrue()) resolve();
      else if (performance.now() - begun > 60000) reject(new Error("the article did not open"));
      else setTimeout(look, 5);
    };
    look();
  });
  const found = [];
  const exchange = document.getElementById(`exchange-${number}`);
  for (const item of exchange.querySelectorAll("li[data-article]")) {
    const { article, start, end } = item.dataset;
    const source = item.querySelector(".source");
    const number = source.dataset.citation;
    const chip = exchange.querySelector(`.chip[data-citation="${number}"]`);
    document.getElementById("article").replaceChildren();
    (chip ?? source).click();
    await wait(() => document.querySelector("#article .article-text"));
    const text = document.querySelector("#article .article-text");
    const marks = [...text.querySelectorAll("mark")];
    found.push({
      article, number, start: Number(start), end: Number(end),
      quote: item.querySelector("blockquote").textContent,
      marked: marks.map((mark) => mark.textContent).join(""),
      shown: text.textContent,
      warning: document.querySelector("#article .warning")?.textContent ?? "",
      isSeen: Boolean(marks[0]?.getClientRects().length),
    });
  }
  return found;
}"""

_PEOPLE = ("Ilse Marn", "Pavo Lind", "Sanna Voll", "José Ñandú", "Zoë Łukasiewicz", "Đặng Thị Hà")
_PLACES = ("Brackwater", "Orrindale", "Køge Havn", "Saint-Étienne-du-Bois", "Tollen", "Übersee")
_THINGS = (
    "ferry", "observatory", "tram depot", "lighthouse", "vineyard", "paper mill", "skating rink",
    "fish market", "clock tower", "seed bank",
)  # fmt: skip
# Wide characters, marks that combine, right to left, line ends: what makes counting go wrong.
_ASIDES = (
    "", "😀 ", "👩‍🚀👨‍👩‍👧 ", "𝒜𝓃 aside: ", "e\u0301te\u0301 — ", "שלום ", "«مرحبا» ", "<b>&amp; ",
    "a\u200db\u200c ", "日本語の見出し。", "z\u0351\u0342 ", "“Well,” ",
)  # fmt: skip


def make_article(number: int) -> tuple[Article, list[str]]:
    """Return an article of its own, and questions that it answers."""
    chance = random.Random(number)  # noqa: S311
    thing, place = chance.choice(_THINGS), chance.choice(_PLACES)
    name, cost, day = f"{thing} {number}", chance.randrange(100, 999), chance.randrange(1, 29)
    person, other = chance.sample(_PEOPLE, 2)

    def aside() -> str:
        return chance.choice(_ASIDES)

    paragraphs = [
        f"{aside()}Work on the {name} in {place} began on {day} May. {aside()}Mayor {person} laid"
        " the first stone.",
        f"{aside()}The {name} of {place} costs {cost} million crowns, treasurer {other} said."
        f" {aside()}That is more than was planned.",
        *(f"{aside()}Nothing else was reported on day {n}." for n in range(chance.randrange(12))),
        f"{aside()}It will open to visitors in {2026 + number % 9}, {person} expects.",
    ]
    article = Article(
        article_id=f"made {number} é \"'&<",
        title=f"{aside()}The {name} of {place}",
        text="\n\n".join(paragraphs),
        published=date(2025, 1 + number % 12, day),
        outlet="Corvane Wire" if number % 2 else "",
    )
    questions = [f"How much does the {name} cost?", f"Who laid the first stone of the {name}?"]
    return article, questions


def gather() -> tuple[list[Article], list[str]]:
    """Return articles and the questions to ask of them."""
    articles = [item for item in load_articles([ROOT / "samples"]) if isinstance(item, Article)]
    lines = (ROOT / "tests" / "samples_questions.jsonl").read_text("utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines]
    number = 0
    while len(questions) < N_ANSWERS:
        article, more = make_article(number)
        articles.append(article)
        questions += more
        number += 1
    return articles, questions[:N_ANSWERS]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    articles, questions = gather()
    folder = tmp_path_factory.mktemp("citations") / "library"
    with Library.create(folder) as library:
        library.add(articles)
    return folder, questions


def test_every_citation_of_sixty_answers(
    browser: Browser, start_chat: StartChat, filled: tuple[Path, list[str]]
) -> None:
    folder, questions = filled
    # Where a quotation stands is the same whatever chooses it, and the reader takes minutes.
    chat = start_chat(folder, "--reader", "none")
    read: list[dict[str, Any]] = []
    n_answered = 0
    with visit(browser, chat.address) as (page, _):
        for place, question in enumerate(questions):
            if place % N_IN_CONVERSATION == 0:
                page.locator("#new-conversation").click()
                page.locator(".welcome").wait_for()
            number = ask(page, question)
            assert page.locator(f"#exchange-{number}").get_attribute("data-state") == "done"
            found = page.evaluate(READ_BACK, number)
            chips = page.locator(f"#exchange-{number} .chip").all_inner_texts()
            assert {*chips} <= {one["number"] for one in found}
            n_answered += bool(chips)
            read += found
    with Library.open(folder) as library:
        for one in read:
            article = library.get(one["article"])
            assert one["shown"] == article.text
            assert one["marked"] == one["quote"] == article.text[one["start"] : one["end"]]
            assert one["isSeen"]
            assert not one["warning"]
    assert len(questions) == N_ANSWERS
    assert n_answered >= N_ANSWERS * 0.8
    assert len(read) >= N_ANSWERS
