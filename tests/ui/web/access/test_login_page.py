"""The login form in a real browser: who is let in, and what is said to those who are not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from browser import SETTLE_MS, Watch, ask, find_violations
from conftest import StartChat
from onrecord import Article, HashEmbedder, Library
from ui.web.access.attempts import TRIES_BY_NAME
from ui.web.access.login import hash_password, write_users

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PASSWORD = "a long enough password"  # noqa: S105


def log_in(page: Page, name: str, password: str) -> None:
    page.get_by_label("Password").wait_for()  # the chat has fields for names too
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def test_too_many_tries_are_said(
    browser: Browser, start_chat: StartChat, folder: Path, tmp_path: Path
) -> None:
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add([Article("tram", "Tram", "The tram runs at nine.", source="/srv/a/tram.md")])
    users = tmp_path / "users"
    write_users(users, {"ada": hash_password(PASSWORD)})
    chat = start_chat(folder, "--auth", str(users))
    context = browser.new_context()
    context.set_default_timeout(SETTLE_MS)
    watch = Watch(context, chat.address)
    page = context.new_page()
    page.goto(chat.address)
    log_in(page, "ada", "a wrong password")
    page.get_by_text("The name or the password is wrong.").wait_for()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert find_violations(page) == []
    for _ in range(TRIES_BY_NAME - 1):
        form: dict[str, str | float | bool] = {"username": "ada", "password": "not this one"}
        assert page.request.post(f"{chat.address}/login", form=form).status == 400
    log_in(page, "ada", PASSWORD)
    said = page.locator("#trouble", has_text="Too many wrong passwords")
    said.wait_for()
    assert re.search(r"Try again in \d s, at \d+:\d\d:\d\d", said.inner_text())
    assert said.get_attribute("role") == "alert"
    assert watch.foreign_requests == []
    assert watch.surprises == []
    context.close()


def test_a_link_opens_what_is_ones_own(
    browser: Browser, start_chat: StartChat, folder: Path, tmp_path: Path
) -> None:
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add([Article("tram", "Tram", "The tram runs at nine on Sundays.")])
    users = tmp_path / "users"
    write_users(users, dict.fromkeys(("ada", "bo"), hash_password(PASSWORD)))
    chat = start_chat(folder, "--auth", str(users))
    context = browser.new_context()
    context.set_default_timeout(SETTLE_MS)
    page = context.new_page()
    page.goto(chat.address)
    log_in(page, "ada", PASSWORD)
    page.locator("body.onrecord-ready").wait_for()
    ask(page, "when does the tram run?")
    page.locator("#exchange-1 .chip").first.click()
    page.locator("#article-panel mark").wait_for()
    link = page.url
    page.get_by_role("button", name="Close article").click()
    page.get_by_role("button", name="Log out").click()
    log_in(page, "ada", PASSWORD)
    page.locator("#exchange-1 .chip").first.wait_for()
    page.get_by_role("button", name="Log out").click()
    page.get_by_label("Password").wait_for()

    page.goto(link)
    log_in(page, "bo", PASSWORD)
    page.locator("#notice", has_text="another reader's").wait_for()
    assert page.locator(".exchange, #article-panel mark").count() == 0
    assert "tram run" not in page.locator("body").inner_text()
    context.close()
