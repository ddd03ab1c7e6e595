"""What a browser sent, read with suspicion."""

from __future__ import annotations

import re
from collections.abc import Mapping

from index.errors import OnRecordError

MAX_ID_CHARS = 1000

_TOKEN = re.compile(r"[0-9a-f]{32}")


class PayloadError(OnRecordError):
    """A browser sent what the page never sends."""

    def __init__(self, fault: str) -> None:
        super().__init__(f"the page and the server do not agree ({fault}); reload the page")


class Payload:
    """The fields of a request, none of which can be believed.

    Args:
        payload: What came; anything at all.

    Attributes:
        id: By which the page knows the reply; empty where there is none.
    """

    def __init__(self, payload: object) -> None:
        self._fields: Mapping[str, object] = payload if isinstance(payload, dict) else {}
        given = self._fields.get("id")
        self.id = given if isinstance(given, str) and _TOKEN.fullmatch(given) else ""

    def owner(self, user: str) -> str:
        """Return whose conversations are meant: the user's, or a browser's.

        Raises:
            PayloadError: If there is neither.
        """
        if user:
            return f"user:{user}"
        token = self.text("browser")
        if not _TOKEN.fullmatch(token):
            raise PayloadError("a browser without a name")
        return f"browser:{token}"

    def text(self, name: str, *, most: int = MAX_ID_CHARS) -> str:
        """Return a text, empty where there is none.

        Raises:
            PayloadError: If it is no text, or longer than ``most`` characters.
        """
        value = self._fields.get(name)
        if value is None:
            return ""
        if not isinstance(value, str) or len(value) > most:
            raise PayloadError(f"an unusable {name}")
        return value.encode("utf-8", "replace").decode()

    def number(self, name: str) -> int | None:
        """Return a number that is not negative, or None where there is none.

        Raises:
            PayloadError: If it is anything else.
        """
        value = self._fields.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise PayloadError(f"an unusable {name}")
        return value

    def mapping(self, name: str) -> Mapping[str, object]:
        """Return an object; an empty one for anything else."""
        value = self._fields.get(name)
        return value if isinstance(value, dict) else {}

    def flag(self, name: str) -> bool:
        """Return whether something is wished for."""
        return self._fields.get(name) is True
