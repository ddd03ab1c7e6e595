"""Who sends a request: whoever is logged in, sends a password along, or is logging in."""

from __future__ import annotations

import hmac
import math
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus

from ui.web.access.requests import (
    Message,
    Scope,
    Send,
    client_address,
    login_tokens,
    sent_credentials,
    user_in_form,
)
from ui.web.access.routes import PROGRAM, Route
from ui.web.access.serving_options import Authentication


class Visitors:
    """Finds out who they are.

    Args:
        authentication: How users log in; None if no login is needed.
    """

    def __init__(self, authentication: Authentication | None) -> None:
        self._authentication = authentication
        self._secret = secrets.token_bytes()

    async def find_user(
        self, scope: Scope, headers: Mapping[bytes, bytes], route: Route
    ) -> str | None:
        """Return whose request it is: ``""`` if no login is needed, None if one is missing."""
        authentication = self._authentication
        if authentication is None:
            return ""
        for token in login_tokens(headers.get(b"cookie", b"")):
            if (user := authentication.find_user(token)) is not None:
                return user
        authorization = headers.get(b"authorization", b"")
        name, password = sent_credentials(authorization)
        if route.kind != PROGRAM or not name:
            return None
        # No cookie can hold such a key: one with a colon is not read.
        key = f"sent:{hmac.digest(self._secret, authorization, 'sha256').hex()}"
        if authentication.find_user(key) == name:
            return name
        address, is_right = client_address(scope), False
        if authentication.attempts.begin(name, address):
            return None
        try:
            is_right = await authentication.check_password(name, password)
        finally:
            authentication.attempts.end(name, address, is_right=is_right)
        if is_right:
            authentication.remember(key, name)
        return name if is_right else None

    @asynccontextmanager
    async def logging_in(
        self, scope: Scope, body: bytes, user: str | None, send: Send
    ) -> AsyncIterator[Send | int]:
        """Count a login.

        Args:
            scope: The request's.
            body: Its form.
            user: Who is logged in there already, if anybody.
            send: The request's.

        Yields:
            A sender that notes how the login ends; or how many seconds it has to wait.
        """
        if self._authentication is None:
            yield send
            return
        attempts, name = self._authentication.attempts, await user_in_form(scope, body)
        # Guesses by others do not keep out whoever is logged in already.
        origin = f"session of {user}" if user == name else client_address(scope)
        if wait := attempts.begin(name, origin):
            yield math.ceil(wait)
            return
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            yield noting
        finally:
            attempts.end(name, origin, is_right=status == HTTPStatus.OK)
