"""What the browser tests share: Chromium, a watch over all that a page does, and axe-core."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import (
        Browser,
        BrowserContext,
        ConsoleMessage,
        Dialog,
        Page,
        Request,
        ViewportSize,
    )

PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1440, "height": 900}

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A request to elsewhere is a failure of the test; it is not answered either.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)

# Gradio breaks its streams off when a page is left, and complains of each that was still open.
_LEAVING = "the page is being left"
_SAY_LEAVING = f"addEventListener('beforeunload', () => console.debug({_LEAVING!r}))"
_GRADIOS_ON_LEAVING = re.compile(
    r"AbortError: signal is aborted without reason\b.*|Unexpected error Connection errored out\. *",
    re.DOTALL,
)

SETTLE_MS = 60_000
MAX_SHOWN = 4_000


@contextmanager
def launch_chromium() -> Iterator[Browser]:
    """Give a browser; the test is skipped where there is none, and fails where CI is set."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        fault = "chromium is missing; run 'apt-get install chromium'"
        if os.environ.get("CI"):
            pytest.fail(fault)
        pytest.skip(f"{fault} to run this test")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*_FLAGS])
        yield browser
        browser.close()


class Watch:
    """Notes what a browser context says, asks for and opens, from its beginning.

    Attributes:
        complaints: Errors and warnings of the console, and exceptions that nobody caught.
        requests: The address of every request.
        surprises: Dialogs that were shown and pages that were opened.
    """

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.surprises: list[str] = []
        self._is_leaving = False
        self._address = urlsplit(address)
        context.on("request", self._note_request)
        context.on("console", self._note_message)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("dialog", self._note_dialog)

    def watch_page(self, page: Page) -> None:
        """Count every page but this one as a surprise, and know when this one is left."""
        page.on("domcontentloaded", lambda _: self._arrive())
        page.context.on("page", lambda other: self.surprises.append(f"opened {other.url}"))

    @property
    def foreign_requests(self) -> list[str]:
        """Requests to anywhere but the chat."""
        return [url for url in self.requests if not self._is_ours(url)]

    def assert_clean(self) -> None:
        """Assert that nothing was fetched from elsewhere, complained of, or opened."""
        assert self.requests, "nothing was watched"
        assert self.foreign_requests == []
        assert self.complaints == []
        assert self.surprises == []

    def _is_ours(self, url: str) -> bool:
        parts = urlsplit(url)
        if parts.scheme in {"data", "blob"}:
            return True
        return (parts.scheme, parts.netloc) == (self._address.scheme, self._address.netloc)

    def _note_request(self, request: Request) -> None:
        self.requests.append(request.url)

    def _arrive(self) -> None:
        self._is_leaving = False

    def _note_message(self, message: ConsoleMessage) -> None:
        if message.text == _LEAVING:
            self._is_leaving = True
        if message.type not in {"error", "warning"}:
            return
        if not (self._is_leaving and _GRADIOS_ON_LEAVING.fullmatch(message.text)):
            self.complaints.append(f"{message.type}: {message.text}")

    def _note_dialog(self, dialog: Dialog) -> None:
        self.surprises.append(f"dialog {dialog.message}")
        dialog.dismiss()


@contextmanager
def visit(
    browser: Browser,
    address: str,
    *,
    size: ViewportSize = DESK,
    scheme: str = "light",
    scripts: Sequence[str] = (),
    login: tuple[str, str] | None = None,
) -> Iterator[tuple[Page, Watch]]:
    """Give the page of a new reader, and what watches over it; the watch is asserted in the end.

    Args:
        browser: From ``launch_chromium``.
        address: Where the chat is.
        size: Of the window.
        scheme: ``light`` or ``dark``.
        scripts: Run before the page's own.
        login: A name and its password, if the chat asks for them.
    """
    context = browser.new_context(
        viewport=size,
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
        accept_downloads=True,
        has_touch=size == PHONE,
    )
    context.set_default_timeout(SETTLE_MS)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    watch = Watch(context, address)
    for script in (_SAY_LEAVING, *scripts):
        context.add_init_script(script)
    page = context.new_page()
    watch.watch_page(page)
    try:
        page.goto(address)
        if login:
            page.get_by_label("Password").wait_for()  # the chat has fields for names too
            assert find_violations(page) == []
            page.get_by_label("Name").fill(login[0])
            page.get_by_label("Password").fill(login[1])
            page.get_by_role("button", name="Log in").click()
        page.locator("body.onrecord-ready").wait_for()
        yield page, watch
        watch.assert_clean()
    except Exception as error:
        error.add_note(_describe(page, watch))
        raise
    finally:
        context.close()


def _describe(page: Page, watch: Watch) -> str:
    """Return what was on the page when a test failed, for whoever reads the log."""
    shown = page.evaluate("document.body.innerText")
    said = "\n".join([*watch.complaints, *watch.surprises, *watch.foreign_requests])
    return f"The page showed:\n{shown[:MAX_SHOWN]}\nIt said:\n{said[:MAX_SHOWN]}"


def ask(page: Page, question: str) -> int:
    """Ask, wait for the whole answer, and return the number of the exchange."""
    before = page.locator(".exchange").count()
    field = page.locator("#question")
    field.fill(question)
    field.press("Enter")
    page.locator(".exchange").nth(before).wait_for()
    return wait_for_answer(page)


def wait_for_answer(page: Page, number: int | None = None) -> int:
    """Wait until an answer is whole, the last one if none is named; return its number."""
    page.locator("#send").wait_for()
    if number is None:
        number = int(page.locator(".exchange").last.get_attribute("data-number") or 0)
    page.locator(f"#exchange-{number}:not([data-state=growing])").wait_for()
    return number


def act_on(page: Page, exchange: int, do: str) -> None:
    """Press an action of an answer, in the menu of further ones if it is there."""
    answer = page.locator(f"#exchange-{exchange}")
    action = answer.locator(f"[data-do={do}]")
    if not action.is_visible():
        answer.locator(".more-actions summary").click()
    action.click()


def find_violations(page: Page) -> list[str]:
    """Return what axe-core finds wrong with the page as it is, by all of its usual rules."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"resultTypes": ["violations"]}).response
    assert found["passes"], "axe-core has looked at nothing"
    return [
        f"{fault['id']} ({fault['impact']}): {node['html'][:300]} {node['failureSummary']}"
        for fault in found["violations"]
        for node in fault["nodes"]
    ]
