"""What happens on the page: answers, conversations, articles, exports, and hostile requests."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from onrecord import Article, HashEmbedder, Library
from rag import Answer, Assistant, Settings
from ui.web.access.queue import AnswerQueue
from ui.web.actions import PageActions
from ui.web.chat.conversations import STORE_FILE
from ui.web.chat.service import ChatService
from ui.web.page.article import EDITABLE
from ui.web.wire import Reply

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from rag.assistant import AssistantInput

BROWSER = "b" * 32
ARTICLES = (
    Article(
        article_id="ferry",
        title="Second ferry",
        text="A second ferry began to cross Saltmere harbour. It takes 90 passengers.\n\n"
        "The fare is nothing, harbour master Ines Varga said. “We want a calmer quay”, Ines Varga"
        " said.",
        source="articles/ferry.md",
        published=date(2025, 3, 20),
        outlet="Corvane Wire",
    ),
    Article(
        article_id="bridge",
        title="Bridge stays shut",
        text="The Tollen Bridge stays shut until May, inspector Ola Brandt said.",
        published=date(2025, 3, 4),
    ),
)
QUESTION = "how many passengers does the ferry take?"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add(ARTICLES)
    return folder


@pytest.fixture
def service(folder: Path) -> Iterator[ChatService]:
    service = ChatService(folder, Settings())
    yield service
    service.close()


@pytest.fixture
def actions(service: ChatService) -> PageActions:
    return PageActions(service)


def ask(actions: PageActions, question: str, conversation: str = "", **more: object) -> list[Reply]:
    payload = {"id": "1" * 32, "browser": BROWSER, "do": "ask", "question": question, **more}
    return list(actions.ask({**payload, "conversation": conversation}, "", "key"))


def act(actions: PageActions, do: str, *, user: str = "", **more: object) -> dict[str, Any]:
    reply = actions.act({"id": "2" * 32, "browser": BROWSER, "do": do, **more}, user)
    return dict(reply)


def html_of(reply: Mapping[str, Any]) -> str:
    return str(reply["exchange"]["html"])


def words_of(reply: Mapping[str, Any]) -> str:
    """Return what the exchange of a reply says, without the marks around some of its words."""
    return re.sub(r"<[^>]+>", "", html_of(reply))


def conversation_of(replies: list[Reply]) -> str:
    return str(replies[-1]["data"]["conversation"])


# Asking.


def test_an_answer_is_kept_and_found_again(actions: PageActions, folder: Path) -> None:
    replies = ask(actions, QUESTION)
    assert replies[-1]["done"] is True
    assert "90 passengers" in words_of(replies[-1])
    assert str(replies[-1]["announce"]).startswith("Answer: ")
    conversation = conversation_of(replies)
    service = ChatService(folder, Settings())
    again = act(PageActions(service), "start", conversation=conversation)
    service.close()
    assert html_of(replies[-1]) == again["slots"]["thread"]
    assert QUESTION in again["slots"]["conversation-list"]
    assert (folder / STORE_FILE).exists()


def test_a_follow_up_knows_the_conversation(actions: PageActions, service: ChatService) -> None:
    conversation = conversation_of(ask(actions, QUESTION))
    replies = ask(actions, "and what is the fare?", conversation)
    together = service.assistant().ask(
        "and what is the fare?", [{"role": "user", "text": QUESTION}]
    )
    assert together.standalone_question != "and what is the fare?"
    assert "Understood as: <q>" in html_of(replies[-1])
    assert 'data-number="2"' in html_of(replies[-1])
    _, kept = service.store().load(f"browser:{BROWSER}", conversation)
    assert kept[1].understood == together.standalone_question


def test_a_corrected_question_replaces_its_exchange_and_is_asked_as_it_is(
    actions: PageActions, service: ChatService
) -> None:
    conversation = conversation_of(ask(actions, QUESTION))
    ask(actions, "and the fare?", conversation)
    ask(actions, "and that?", conversation, replace=2, as_is=True)
    _, kept = service.store().load(f"browser:{BROWSER}", conversation)
    assert [(e.number, e.question, e.understood) for e in kept] == [
        (1, QUESTION, ""),
        (2, "and that?", ""),
    ]


def test_what_a_question_names_is_shown_and_taken_back(actions: PageActions) -> None:
    question = "Since 10 March 2025, how many passengers does the ferry take?"
    narrowed = ask(actions, question)
    conversation = conversation_of(narrowed)
    assert "since 10 March 2025" in html_of(narrowed[-1])
    assert 'data-part="period"' in html_of(narrowed[-1])

    wide = ask(actions, question, conversation, replace=1, without=["period"])

    assert 'data-do="widen"' not in html_of(wide[-1])
    exported = act(actions, "export", conversation=conversation, format="json")
    kept = json.loads(exported["data"]["text"])["narrowed"]
    assert kept == []


TWO = "How many passengers does the ferry take, and who said that the Tollen Bridge stays shut?"


def test_a_question_in_parts_is_divided_and_asked_again_as_one(
    actions: PageActions, service: ChatService
) -> None:
    first, *_, last = ask(actions, TWO)
    for reply in (first, last):
        assert "Divided into 2 questions." in html_of(reply)
    assert 'class="part"' not in html_of(first)
    assert '<h4 class="part" dir="auto">How many passengers does the ferry take?</h4>' in html_of(
        last
    )
    assert str(last["announce"]).startswith("Answer: How many passengers does the ferry take?")
    conversation = conversation_of([last])
    again = ask(actions, TWO, conversation, replace=1, whole=True)[-1]
    assert "Asked as one question." in html_of(again)
    assert 'class="part"' not in html_of(again)
    _, kept = service.store().load(f"browser:{BROWSER}", conversation)
    assert [(exchange.whole, len(exchange.parts)) for exchange in kept] == [(True, 1)]


@pytest.mark.parametrize("question", ["", "  ", "x" * 2001, "<script>" * 300])
def test_an_impossible_question_is_a_line(actions: PageActions, question: str) -> None:
    (reply,) = ask(actions, question)
    assert '<p class="error">the question' in html_of(reply)
    assert "<script" not in html_of(reply)
    assert conversation_of([reply]) == ""


def suggest(actions: PageActions, conversation: str, exchange: int = 1) -> dict[str, Any]:
    for _ in range(400):
        reply = act(actions, "suggest", conversation=conversation, exchange=exchange)
        if "data" not in reply:
            return reply
        threading.Event().wait(0.05)
    raise AssertionError("nothing was drawn")


@pytest.mark.parametrize("question", ["what is the price of tea in Antarctica?", QUESTION])
def test_what_is_offered_after_an_answer_is_answered(
    actions: PageActions, service: ChatService, question: str
) -> None:
    reply = ask(actions, question)[-1]
    conversation = conversation_of([reply])
    assert 'class="ask-this"' not in html_of(reply)
    suggest(actions, conversation)
    _, (kept,) = service.store().load(f"browser:{BROWSER}", conversation)
    assert kept.refused == (question != QUESTION)
    assert kept.suggestions
    for suggestion in kept.suggestions:
        assert not service.assistant().ask(suggestion).refused
    again = suggest(actions, conversation)
    assert kept.suggestions[0].split()[-1] in again["slots"]["suggestions-1"]
    assert "error" in act(actions, "suggest", conversation=conversation, exchange=2)


def test_a_refusal_says_no_more_than_is_known(
    actions: PageActions, service: ChatService, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = "what is the price of tea in Antarctica?"
    assert "The articles do not say." in html_of(ask(actions, question)[-1])
    narrow = html_of(ask(actions, question, only={"since": "2025-03-10"})[-1])
    assert "The articles do not say." not in narrow
    assert "The chosen articles do not say." in narrow
    assert 'data-do="ask-all"' in narrow
    assert "None of these words occurs in any article." in html_of(ask(actions, "Zwqrt xxptl?")[-1])
    monkeypatch.setattr("rag.answering.notes.find_languages", lambda _: frozenset({"en"}))
    foreign = ask(actions, "Сколько стоит чай в Антарктиде?")[-1]
    said = "The question is in Russian, but the articles are searched in English: ask in English."
    assert said in html_of(foreign)
    assert "do not say" not in html_of(foreign)
    assert "onrecord" not in html_of(foreign)


class SlowAssistant(Assistant):
    """Says one thing and then thinks until it is let go on."""

    def __init__(self, library: Library) -> None:
        super().__init__(library)
        self.thinking = threading.Event()
        self.go_on = threading.Event()
        self.ended = threading.Event()

    def stream(
        self,
        input: AssistantInput,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        **_: object,
    ) -> Iterator[Answer]:
        answer = list(super().stream(input, config))[-1]
        try:
            yield answer
            self.thinking.set()
            self.go_on.wait(30)
            yield replace(answer, notice="too late")
        finally:
            self.ended.set()


def test_a_stop_is_obeyed_while_a_model_thinks(folder: Path) -> None:
    with Library.open(folder) as library:
        slow = SlowAssistant(library)
        actions = PageActions(ChatService(slow, Settings()))
        replies: list[Reply] = []
        asking = threading.Thread(target=lambda: replies.extend(ask(actions, QUESTION)))
        asking.start()
        assert slow.thinking.wait(30)
        act(actions, "stop", ask="1" * 32)
        asking.join(30)
        assert not asking.is_alive()
        assert "Stopped before the answer was complete." in html_of(replies[-1])
        assert "90 passengers" in words_of(replies[-1])
        slow.go_on.set()
        assert slow.ended.wait(30)
        again = act(actions, "start", conversation=conversation_of(replies))
        assert "too late" not in again["slots"]["thread"]


def test_a_stop_before_the_beginning_is_obeyed_too(actions: PageActions) -> None:
    act(actions, "stop", ask="1" * 32)
    (reply,) = ask(actions, QUESTION)
    assert 'data-state="stopped"' in html_of(reply)


def test_nobody_stops_the_answers_of_others(folder: Path) -> None:
    with Library.open(folder) as library:
        actions = PageActions(ChatService(Assistant(library), Settings()))
        actions.act({"browser": "c" * 32, "do": "stop", "ask": "1" * 32}, "")
        assert 'data-state="done"' in html_of(ask(actions, QUESTION)[-1])


def test_what_a_reader_left_is_there_on_return(actions: PageActions, service: ChatService) -> None:
    stream = actions.ask(
        {"id": "1" * 32, "browser": BROWSER, "do": "ask", "question": QUESTION}, "", "key"
    )
    first = next(stream)
    assert "Found so far" in words_of(first)  # before the reader has read it
    assert "<blockquote" in html_of(first)
    while 'class="claims"' not in html_of(next(stream)):
        pass
    stream.close()  # type: ignore[attr-defined]
    (found,) = service.store().conversations(f"browser:{BROWSER}")
    _, kept = service.store().load(f"browser:{BROWSER}", found.conversation_id)
    assert kept[0].state == "stopped"


# Conversations.


def test_conversations_are_renamed_deleted_and_restored(actions: PageActions) -> None:
    conversation = conversation_of(ask(actions, QUESTION))
    renamed = act(actions, "rename", conversation=conversation, title="Ferries")
    assert "Ferries" in renamed["slots"]["conversation-list"]
    deleted = act(actions, "delete", conversation=conversation)
    assert "None yet." in deleted["slots"]["conversation-list"]
    assert "error" in act(actions, "export", conversation=conversation, format="json")
    restored = act(actions, "restore", conversation=conversation)
    assert "Ferries" in restored["slots"]["conversation-list"]


def test_undo_takes_the_last_question_back(actions: PageActions) -> None:
    conversation = conversation_of(ask(actions, QUESTION))
    ask(actions, "where is the bridge?", conversation)
    undone = act(actions, "undo", conversation=conversation)
    assert undone["data"]["question"] == "where is the bridge?"
    assert 'data-number="1"' in undone["slots"]["thread"]
    assert 'data-number="2"' not in undone["slots"]["thread"]
    assert "welcome" in act(actions, "undo", conversation=conversation)["slots"]["thread"]
    assert "error" in act(actions, "undo", conversation=conversation)


def test_users_have_their_own_conversations(actions: PageActions) -> None:
    conversation = conversation_of(ask(actions, QUESTION))
    as_user = act(actions, "start", user="ben", conversation=conversation)
    assert as_user["data"]["conversation"] == ""
    assert "None yet." in as_user["slots"]["conversation-list"]


# Articles.


def test_an_article_opens_at_its_citation(actions: PageActions) -> None:
    text = ARTICLES[0].text
    start = text.index("It takes")
    reply = act(
        actions,
        "article",
        article="ferry",
        start=start,
        end=start + 23,
        quote="It takes 90 passengers.",
    )
    assert '<mark tabindex="-1">It takes 90 passengers.</mark>' in reply["slots"]["article"]
    assert "Corvane Wire, 20 March 2025" in reply["slots"]["article"]
    assert "has changed" not in reply["slots"]["article"]


def test_a_changed_article_says_so(actions: PageActions) -> None:
    moved = act(
        actions, "article", article="ferry", start=0, end=23, quote="It takes 90 passengers."
    )
    assert ">It takes 90 passengers.</mark>" in moved["slots"]["article"]
    assert "where the quoted words are now" in moved["slots"]["article"]
    gone = act(actions, "article", article="ferry", start=0, end=9, quote="It flies.")
    assert "<mark" not in gone["slots"]["article"]
    assert "no longer in it" in gone["slots"]["article"]
    assert "no longer in the library" in act(actions, "article", article="tram")["error"]


def correct(actions: PageActions, **fields: object) -> dict[str, Any]:
    """Send the form of an article, with some of its fields changed."""
    form = act(actions, "details", article="ferry")["slots"]["article-more"]
    given = dict(re.findall(r' name="(\w+)" type="\w+"[^>]* value="([^"]*)"', form))
    chosen = re.search(r'<option value="(\w*)" selected>', form)
    given["language"] = chosen[1] if chosen else ""
    return act(actions, "edit", article="ferry", fields={**given, **fields})


def test_details_are_corrected_and_taken_back(actions: PageActions, service: ChatService) -> None:
    start, end = 49, 72
    reply = correct(actions, outlet="Saltmere Post", published="2025-03-21", author="Ada Ek")
    shown = reply["slots"]["article"]
    assert "The details are saved." in shown
    assert "Saltmere Post, 21 March 2025" in shown
    assert "(corrected by hand)" in shown
    article = service.library().get("ferry")
    assert (article.outlet, article.author) == ("Saltmere Post", "Ada Ek")
    assert (article.published, article.date_basis) == (date(2025, 3, 21), "edited")
    assert (article.title, article.text, article.url) == ("Second ferry", ARTICLES[0].text, "")
    again = act(actions, "article", article="ferry", start=start, end=end)["slots"]["article"]
    marks = re.findall(r"<mark[^>]*>(.*?)</mark>", again, re.DOTALL)
    assert "".join(marks) == article.text[start:end]
    back = act(actions, "undo-edit", article="ferry", start=start, end=end)["slots"]["article"]
    assert "Corvane Wire, 20 March 2025" in back
    assert re.findall(r"<mark[^>]*>(.*?)</mark>", back, re.DOTALL) == marks
    assert "Undo" not in back  # there is nothing else to take back
    assert service.library().get("ferry").outlet == "Corvane Wire"
    assert "no edit" in act(actions, "undo-edit", article="ferry")["error"]


def test_what_the_form_left_alone_stays(actions: PageActions, service: ChatService) -> None:
    before = service.library().get("ferry")
    assert "Nothing was changed." in correct(actions)["slots"]["article"]
    assert service.library().get("ferry") == before
    assert service.library().edits("ferry") == ()


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"title": ""}, "title cannot be empty"),
        ({"published": "yesterday"}, "is not a date"),
        ({"language": "Klingon"}, "not the code of a language"),
        ({"url": "javascript:pwned()"}, "is not a web address"),
        ({"outlet": "x" * 501}, "reload the page"),
        ({"outlet": 7}, "reload the page"),
        ({"outlet": None}, "reload the page"),
    ],
)
def test_what_cannot_be_is_refused(
    actions: PageActions, service: ChatService, fields: dict[str, object], says: str
) -> None:
    before = service.library().get("ferry")
    error = correct(actions, **fields)["error"]
    assert says in error
    assert "\n" not in error
    assert service.library().get("ferry") == before


def test_details_of_what_is_not_there(actions: PageActions) -> None:
    for do in ("details", "undo-edit", "versions"):
        assert "no longer in the library" in act(actions, do, article="tram")["error"]
    fields = dict.fromkeys(EDITABLE, "x")
    for do, more in (("edit", {"fields": fields}), ("changes", {"version": 1})):
        assert "no longer in the library" in act(actions, do, article="tram", **more)["error"]
    assert "reload the page" in act(actions, "edit", article="ferry")["error"]
    assert "reload the page" in act(actions, "changes", article="ferry")["error"]


def test_earlier_versions_are_read_and_compared(actions: PageActions, service: ChatService) -> None:
    changed = ARTICLES[0].text.replace("It takes 90", "It takes 120")
    newer = replace(ARTICLES[0], text=changed, title="Second ferry grows")
    service.library().add([newer], replace=True)
    shown = act(actions, "article", article="ferry")["slots"]["article"]
    assert "2 versions" in shown
    versions = act(actions, "versions", article="ferry")["slots"]["article-more"]
    assert versions.index("2 (latest)") < versions.index('data-version="1"')
    earlier = act(actions, "article", article="ferry", version=1)["slots"]["article"]
    assert "It takes 90 passengers." in earlier
    assert "This is an earlier version" in earlier
    assert 'data-do="edit-details"' not in earlier
    assert 'data-open-article="ferry"' in earlier
    changes = act(actions, "changes", article="ferry", version=1)["slots"]["article-more"]
    assert ">Removed: </span>It takes 90 passengers.</del>" in changes
    assert ">Added: </span>It takes 120 passengers.</ins>" in changes
    assert "Second ferry grows" in changes
    assert "no version" in act(actions, "article", article="ferry", version=7)["error"]


# Taking it along.


def test_an_answer_goes_along_as_markdown_and_json(
    actions: PageActions, service: ChatService
) -> None:
    conversation = conversation_of(ask(actions, QUESTION))
    _, (kept,) = service.store().load(f"browser:{BROWSER}", conversation)
    markdown = act(actions, "export", conversation=conversation, exchange=1, format="markdown")
    page = MarkdownIt().render(markdown["data"]["text"])
    for part in ("90 passengers. [1]", "Corvane Wire. 20 March 2025.", "articles/ferry.md"):
        assert part in page
    assert f"characters {kept.citations[0].start}–{kept.citations[0].end}" in page
    assert markdown["data"]["name"] == "how-many-passengers-does-the-ferry-take.md"
    found = act(actions, "export", conversation=conversation, exchange=1, format="json")["data"]
    fields = json.loads(found["text"])
    assert fields["question"] == QUESTION
    assert fields["citations"][0]["quote"] == kept.citations[0].quote
    assert found["kind"] == "application/json"


def test_a_conversation_goes_along_whole(actions: PageActions) -> None:
    conversation = conversation_of(ask(actions, QUESTION))
    ask(actions, "what is the price of tea in Antarctica?", conversation)
    markdown = act(actions, "export", conversation=conversation, format="markdown")
    assert markdown["data"]["text"].startswith(f"# {QUESTION}\n")
    assert "The articles do not say." in markdown["data"]["text"]
    found = act(actions, "export", conversation=conversation, format="json")
    assert len(json.loads(found["data"]["text"])["exchanges"]) == 2


def test_a_verdict_is_kept_with_the_answer_and_taken_back(
    actions: PageActions, service: ChatService
) -> None:
    conversation = conversation_of(ask(actions, QUESTION))
    where: dict[str, Any] = {"conversation": conversation, "exchange": 1}
    judged = act(actions, "feedback", **where, verdict="down", note="It takes <100>.")
    assert judged["announce"] == "Noted, thank you."
    assert 'data-do="down" aria-pressed="true"' in html_of(judged)
    assert 'value="It takes &lt;100&gt;."' in html_of(judged)
    assert [found.note for found in service.library().feedback.all()] == ["It takes <100>."]
    back = act(actions, "feedback", **where, verdict="", note="")
    assert 'aria-pressed="true"' not in html_of(back)
    assert service.library().feedback.count() == 0
    assert "error" in act(actions, "feedback", **where, verdict="great")
    elsewhere = {**where, "exchange": 9, "verdict": "up"}
    assert "was not kept" in act(actions, "feedback", **elsewhere)["error"]


# The state of the library.


def test_an_answer_is_pinned_and_an_earlier_one_is_checked(
    actions: PageActions, service: ChatService
) -> None:
    conversation = conversation_of(ask(actions, QUESTION))
    where: dict[str, Any] = {"conversation": conversation, "exchange": 1}
    pinned = act(actions, "pin", pinned=True, **where)
    assert QUESTION in pinned["slots"]["pinned"]
    assert 'data-do="pin" title="Pin" aria-pressed="true"' in html_of(pinned)
    opened = act(actions, "start", conversation=conversation)
    assert opened["data"]["to_check"] == []
    assert QUESTION in opened["slots"]["pinned"]
    assert QUESTION not in act(actions, "start", user="ben")["slots"]["pinned"]
    assert "error" in act(actions, "pin", user="ben", pinned=True, **where)
    checked: dict[str, Any] = {"conversation": conversation, "exchanges": [1]}
    assert "error" in act(actions, "check", user="ben", **checked)
    assert act(actions, "pin", pinned=False, **where)["slots"]["pinned"] == ""

    service.library().remove(["ferry"])
    assert act(actions, "start", conversation=conversation)["data"]["to_check"] == [1]
    since = act(actions, "check", **checked)["slots"]["since-1"]
    assert "is from an article that has been removed." in since


def test_a_place_is_quoted_with_its_reference(actions: PageActions) -> None:
    text = ARTICLES[0].text
    start = text.index("90")
    place: dict[str, Any] = {"article": "ferry", "start": start, "end": start + 2, "quote": "90"}
    made = act(actions, "cite", form="text", **place)["data"]
    assert made["text"].startswith("“90” (")
    assert "TY  - NEWS" in act(actions, "cite", form="ris", **place)["data"]["text"]
    assert "error" in act(actions, "cite", form="bibtex", **place)
    assert "error" in act(actions, "cite", form="text", article="gone")


def test_what_takes_long_waits_in_the_queue_of_its_user(
    actions: PageActions, service: ChatService
) -> None:
    def look() -> Reply:
        payload = {"id": "3" * 32, "browser": BROWSER, "do": "people"}
        (reply,) = actions.ask(payload, "ada", "ada")
        return reply

    shown = look()
    assert (shown["id"], shown["done"]) == ("3" * 32, True)
    assert "Ines Varga" in shown["slots"]["people-found"]
    assert "unknown action" in act(actions, "people")["error"]  # it is no click
    service.queue = AnswerQueue(max_per_owner=1)
    with service.queue.turn("ada"):
        assert "still being answered" in look()["error"]


def test_a_missing_library_is_found_once_it_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    service = ChatService(folder, Settings())
    actions = PageActions(service)
    started = act(actions, "start")
    assert "Drop files anywhere" in started["slots"]["thread"]
    assert "onrecord" not in started["slots"]["thread"]
    assert started["data"]["is_ready"] is False
    assert "no library at" in html_of(ask(actions, QUESTION)[-1])
    with Library.create(folder, embedder=HashEmbedder()) as library:
        assert "There are no articles yet" in act(actions, "start")["slots"]["thread"]
        library.add(ARTICLES)
    started = act(actions, "start")
    assert "2 articles, 4 March 2025 to 20 March 2025" in started["slots"]["library-status"]
    assert "90 passengers" in words_of(ask(actions, QUESTION)[-1])
    service.close()


def test_examples_are_drawn_from_the_articles_and_answered(
    actions: PageActions, service: ChatService
) -> None:
    for _ in range(400):
        reply = act(actions, "examples")
        if "slots" in reply:
            break
        threading.Event().wait(0.05)
    examples = service.suggestions.examples()
    assert examples
    assert any("Ines Varga" in example for example in examples)
    for example in examples:
        assert not service.assistant().ask(example).refused


# Hostile requests.

junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
names = (
    "do",
    "id",
    "browser",
    "conversation",
    "exchange",
    "format",
    "verdict",
    "note",
    "ask",
    "question",
    "replace",
    "as_is",
    "article",
    "start",
    "end",
    "quote",
    "title",
    "shown",
    "view",
    "ids",
    "removal",
    "files",
    "fields",
    "only",
    "without",
)
doings = st.sampled_from(
    (
        "start",
        "examples",
        "rename",
        "delete",
        "restore",
        "undo",
        "article",
        "export",
        "feedback",
        "stop",
        "launch",
        "ask",
        "add",
        "edit",
        "browse",
        "remove",
        "put-back",
    )
)


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from(names), junk), doings)
def test_no_request_is_a_bug(
    tmp_path_factory: pytest.TempPathFactory, payload: dict[str, object], do: str
) -> None:
    folder = tmp_path_factory.mktemp("nowhere")
    service = ChatService(folder / "library", Settings())
    actions = PageActions(service)
    for request in (payload, {"browser": BROWSER, **payload, "do": do}, [payload], None):
        reply = actions.act(request, "")
        json.dumps(reply)
        assert "Error" not in str(reply.get("error", ""))
        for part in (*actions.ask(request, "", "key"), *actions.add(request, "", folder)):
            json.dumps(part)
            assert "Error" not in str(part.get("error", ""))
    service.close()


@pytest.mark.parametrize("browser", ["", "b" * 31, "B" * 32, "../" * 11, None, 5])
def test_a_browser_must_have_a_name(actions: PageActions, browser: object) -> None:
    reply = actions.act({"do": "start", "browser": browser}, "")
    assert "reload the page" in str(reply["error"])


@pytest.mark.parametrize(
    ("do", "fields", "named"),
    [
        ("start", {"conversation": 7}, "conversation"),
        ("start", {"conversation": "x" * 1001}, "conversation"),
        ("start", {"surprise": 1}, "an unusable request"),
        ("feedback", {"conversation": "x", "exchange": True, "verdict": "up"}, "exchange"),
        ("article", {"article": "ferry", "start": -1}, "start"),
        ("article", {"article": "ferry", "end": "9"}, "end"),
        ("remove", {"ids": []}, "ids"),
        ("remove", {"ids": ["x"] * 501}, "ids"),
        ("put-back", {"removal": 1 << 80}, "removal"),
        ("browse", {"view": {"page": 1.5}}, "view"),
        ("browse", {"view": {"only": {"since": "yesterday"}}}, "view"),
        ("browse", {"view": {"only": {"cities": []}}}, "view"),
        ([], {}, "an unknown action"),
    ],
)
def test_an_unusable_request_is_one_line(
    actions: PageActions, do: object, fields: dict[str, object], named: str
) -> None:
    reply = actions.act({"id": "2" * 32, "browser": BROWSER, "do": do, **fields}, "")
    assert reply["id"] == "2" * 32
    assert named in reply["error"]
    assert "reload the page" in reply["error"]
    assert "\n" not in reply["error"]


def test_a_page_that_only_listens_is_told_nothing(actions: PageActions) -> None:
    assert act(actions, "listen") == {"id": "2" * 32}
