"""Take the pictures of the README from the real chat on samples/: run 'make screenshots'."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from browser import ask, launch_chromium, visit
from conftest import ROOT, Chat
from index.adding.load import load_articles
from index.library import Library
from index.types import Article, Loaded

if TYPE_CHECKING:
    from playwright.sync_api import Page, ViewportSize

QUESTION = "what did Russia say in response?"
SIZE: ViewportSize = {"width": 1280, "height": 800}
COLOURS = 128
MAX_BYTES = 150_000


def main(folder: Path) -> str | None:
    """Write the pictures; return what is wrong with them, or None where nothing is."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, launch_chromium() as browser:
        with Library.create(Path(scratch) / "library") as library:
            library.add(map(hide_folder, load_articles([ROOT / "samples"])))
        chat = Chat(Path(scratch) / "library", "--reader", "default")
        try:
            for scheme in ("light", "dark"):
                with visit(browser, chat.address, size=SIZE, scheme=scheme) as (page, _):
                    show_chat(page)
                    save(page, folder / f"chat-{scheme}.png")
                    show_sources(page)
                    save(page, folder / f"sources-{scheme}.png")
        finally:
            chat.kill()
    large = [file.name for file in folder.glob("*.png") if file.stat().st_size > MAX_BYTES]
    return f"{', '.join(large)}: more than {MAX_BYTES:,} bytes" if large else None


def hide_folder(loaded: Loaded) -> Loaded:
    """Return an article without the place of this checkout, which is nobody's business."""
    if isinstance(loaded, Article):
        return replace(loaded, source=loaded.source.removeprefix(f"{ROOT}/"))
    return loaded


def show_chat(page: Page) -> None:
    """Show an answer, with an article open at a cited sentence."""
    number = ask(page, QUESTION)
    page.locator(f"#exchange-{number} .chip").nth(1).click()
    page.locator("#article-panel mark").wait_for()


def show_sources(page: Page) -> None:
    """Show what is in the library."""
    page.locator("#close-article").click()
    page.locator("#show-sources").click()
    page.locator(".chart .bar").first.wait_for()
    page.locator("#view-sources .articles li").first.wait_for()


def save(page: Page, file: Path) -> None:
    """Write what is shown as a small PNG with a palette."""
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement?.blur()")
    picture = Image.open(BytesIO(page.screenshot(animations="disabled", caret="hide")))
    small = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    small.save(file, optimize=True)
    print(f"{file.name}: {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    sys.exit(main(ROOT / "docs" / "images"))
