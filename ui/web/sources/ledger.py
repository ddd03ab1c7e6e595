"""The People, Timeline and Draft views: what the ledger and the check of drafts find."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from index.errors import OnRecordError
from rag.answering.timeline import find_entry_corrections
from rag.drafts.check import check_draft
from rag.settings import MAX_QUESTION_CHARS
from ui.draft_report import describe_counts, draft_rows
from ui.ledger_fields import describe_coverage
from ui.web.page.templates import render
from ui.web.sources.listing import count_rows
from ui.web.wire import Action, Actions, Reply, Request, Text

if TYPE_CHECKING:
    from ui.web.chat.service import ChatService

PAGE_ROWS = 50
MAX_PAGE = 1_000_000
MAX_NAME_CHARS = 500
MAX_DRAFT_CHARS = 20_000

_TEMPLATE = "sources/ledger.html"

_Page = Annotated[int, Field(ge=0, le=MAX_PAGE)]


class PeopleRequest(Request):
    """List whom the articles name, or show what they say of one."""

    name: Annotated[Text, Field(max_length=MAX_NAME_CHARS)] = ""
    kind: Literal["person", "organisation", "place"] = "person"
    page: _Page = 0


class TimelineRequest(Request):
    """List dated sentences."""

    topic: Annotated[Text, Field(max_length=MAX_QUESTION_CHARS)] = ""
    page: _Page = 0


class DraftRequest(Request):
    """Check a draft."""

    text: Annotated[Text, Field(max_length=MAX_DRAFT_CHARS)]


class LedgerViews:
    """Carries out what the People, Timeline and Draft views ask for.

    Args:
        service: Gives the library.

    Attributes:
        actions: The views' actions, by name.
    """

    def __init__(self, service: ChatService) -> None:
        self._service = service
        self.actions: Actions = {
            "people": Action(PeopleRequest, self._people),
            "timeline": Action(TimelineRequest, self._timeline),
            "draft": Action(DraftRequest, self._draft),
        }

    def _people(self, owner: str, request: PeopleRequest) -> Reply:
        del owner
        library, name, offset = self._service.library(), request.name.strip(), _offset(request)
        if not name:
            page = library.people(kind=request.kind, offset=offset, limit=PAGE_ROWS)
            rows = count_rows(request.page, PAGE_ROWS, page.total)
            html = render(_TEMPLATE, "names", page, request.kind, rows)
            return {"slots": {"people-found": html}}
        # As the ledger's other faces have it: a name is looked for among all kinds.
        kind = "" if request.kind == "person" else request.kind
        found = library.people(name, kind=kind, limit=PAGE_ROWS)
        people = [(entity, library.roles(entity.key)) for entity in found.entities]
        said = library.statements(by=name, offset=offset, limit=PAGE_ROWS)
        rows = count_rows(request.page, PAGE_ROWS, said.total)
        html = render(_TEMPLATE, "person", name, people, found.similar, said, rows)
        return {"slots": {"people-found": html}}

    def _timeline(self, owner: str, request: TimelineRequest) -> Reply:
        del owner
        library, topic = self._service.library(), request.topic.strip()
        page = library.timeline(topic, offset=_offset(request), limit=PAGE_ROWS)
        corrections = find_entry_corrections(library, page.entries) if topic else {}
        entries = [(entry, corrections.get(place)) for place, entry in enumerate(page.entries)]
        read = f"{describe_coverage(page.coverage)}."
        html = render(
            _TEMPLATE, "timeline", entries, read, count_rows(request.page, PAGE_ROWS, page.total)
        )
        return {"slots": {"timeline-found": html}}

    def _draft(self, owner: str, request: DraftRequest) -> Reply:
        del owner
        if not request.text.strip():
            raise OnRecordError("there is nothing to check; paste the text of the draft")
        check = check_draft(self._service.library(), request.text)
        html = render(_TEMPLATE, "draft", describe_counts(check), draft_rows(check))
        return {"slots": {"draft-found": html}}


def _offset(request: PeopleRequest | TimelineRequest) -> int:
    return request.page * PAGE_ROWS
