"""The templates of the page, in which everything is escaped as it is inserted.

What is HTML already says so by its type, ``Markup``. Values are inserted as they are: joined in a
template by ``~`` or the filter ``join``, they would get Jinja's weaker escaping.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.ext import Extension
from markupsafe import Markup

from index.language.spoken_days import describe_days
from ui.escape import clean_line, escape_html, quote_line
from ui.messages import count_of
from ui.render import describe_credit, describe_date
from ui.web.page.html_text import show_exactly, to_attribute

LONG_QUESTION = 240
"""Characters of a question beyond which only its first lines are shown at once."""

MAX_COPIES_SHOWN = 5
"""Other articles with the same words that are shown at once; the rest are folded."""


def render(template: str, macro: str, *given: object) -> str:
    """Return the HTML that a macro makes of its arguments.

    Args:
        template: Its file, by its path in ``ui/web``.
        macro: Its name.
        given: Text is escaped; ``Markup`` is HTML already.
    """
    return str(getattr(_load(template), macro)(*given))


@cache
def _load(template: str) -> object:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parents[1]),
        autoescape=True,
        finalize=_escape,
        undefined=StrictUndefined,
        extensions=[_JoinLines],
    )
    environment.filters |= {
        "attribute": lambda text: Markup(to_attribute(text)),
        "clean": clean_line,
        "count": count_of,
        "date": describe_date,
        "exact": lambda text: Markup(show_exactly(text)),
        "number": "{:,}".format,
        "quoted": quote_line,
    }
    environment.globals |= {
        "credit": describe_credit,
        "days": describe_days,
        "LONG_QUESTION": LONG_QUESTION,
        "MAX_COPIES_SHOWN": MAX_COPIES_SHOWN,
    }
    return environment.get_template(template).module


def _escape(value: object) -> Markup:
    return value if isinstance(value, Markup) else Markup(escape_html(str(value)))


class _JoinLines(Extension):
    """Joins the lines of a template: with nothing beside a tag, else with a space."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        del name, filename
        without = re.sub(r"(?<=[>}])\n\s*|\n\s*(?=[<{])", "", source)
        return re.sub(r"\n\s*", " ", without)
