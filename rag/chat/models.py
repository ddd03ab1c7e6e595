"""``PROVIDER:NAME`` -> a chat model that can be asked, through LangChain.

The tokenizers of hosted models are fetched over the network, which nothing here may do.

Keys come from the environment and go nowhere but to their endpoint. Nothing here calls one.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rag.errors import ModelError
from rag.settings import Settings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


CHARS_PER_TOKEN = 3
MESSAGE_TOKENS = 8
"""Tokens that the framing of one message adds."""

_PIECE = re.compile(r"[A-Za-z]+|\d|[^\x00-\x7f]+|[^\w\s]|_|\n| {2,}|\t")


def estimate_tokens(text: str) -> int:
    """Return an upper estimate of the tokens of a text.

    Each word costs one token per three letters or part of three, each digit and mark one, and
    anything beyond ASCII one per byte, as with a byte-level tokenizer at worst.

    >>> estimate_tokens("The bridge closed in 2024.")
    11
    """
    return sum(_count_piece(piece) for piece in _PIECE.findall(text))


def _count_piece(piece: str) -> int:
    if not piece.isascii():
        return len(piece.encode("utf-8", "replace"))
    if piece[0].isalpha():
        return -(-len(piece) // CHARS_PER_TOKEN)
    return len(piece)


LOCAL = "local"
HOSTED_CONTEXT_TOKENS = 32_768
SERVED_CONTEXT_TOKENS = 4096
"""For Ollama and the user's own endpoints, which may be set up for short prompts."""
LOCAL_CONTEXT_TOKENS = 2048
PLAIN_MODEL_BYTES = 1_000_000_000
"""A model in a smaller file cannot keep to a format."""

SCHEMA: dict[str, Any] = json.loads(
    files("rag.chat").joinpath("reply_schema.json").read_text("utf-8")
)
"""The schema of a model's reply, for endpoints that can enforce one."""

_RESPONSE_FORMAT = {
    "type": "json_schema",
    "json_schema": {"name": "answer", "schema": SCHEMA, "strict": True},
}
_REPLY_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    # In the body: as an argument, the client would parse the reply and fail on a partial one.
    "openai": {"extra_body": {"response_format": _RESPONSE_FORMAT}},
    "ollama": {"format": SCHEMA},
    "mistralai": {"response_format": {"type": "json_object"}},
}


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider that OnRecord knows how to set up.

    Attributes:
        package: What must be importable.
        extra: Which extra of ours installs it.
        keys: Variables that may hold its key, any one of which is enough; empty for none.
        address: Its address, unless another is given.
        address_variables: Variables that override it; the first one set counts.
        reply_options: What a call adds to enforce the schema.
        timeout: Name of the constructor's argument for a time limit in seconds; empty for none.
        retries: Name of the constructor's argument for its own retries, which are switched off.
    """

    package: str
    extra: str
    keys: tuple[str, ...]
    address: str
    address_variables: tuple[str, ...] = ()
    reply_options: Mapping[str, Any] = field(default_factory=dict)
    timeout: str = "timeout"
    retries: str = "max_retries"


def _read_provider(name: str, row: Mapping[str, Any]) -> Provider:
    fields: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in row.items()
    }
    return Provider(**fields, reply_options=_REPLY_OPTIONS.get(name, {}))


PROVIDERS: Mapping[str, Provider] = {
    name: _read_provider(name, row)
    for name, row in tomllib.loads(
        files("rag.chat").joinpath("providers.toml").read_text("utf-8")
    ).items()
}
"""Providers with an extra of ours; LangChain's others work once their package is installed."""


@dataclass(frozen=True, slots=True)
class ModelPlan:
    """What a setting names, checked as far as possible without loading or calling anything.

    Attributes:
        name: As given, ``PROVIDER:NAME``.
        provider: LangChain's name of the provider, or ``local``.
        model: The provider's name of the model, or the path of a file.
        address: Where it is reached; empty if in this process, or if only the package knows.
        host: The address's host and port; the provider's name if the address is not known, empty
            if in this process.
        leaves: Whether questions to it leave this machine.
    """

    name: str
    provider: str
    model: str
    address: str
    host: str
    leaves: bool

    @property
    def warning(self) -> str:
        """One line that says where article text goes; empty when it stays on this machine."""
        if not self.leaves:
            return ""
        return (
            f"{self.name} is not on this machine: questions, and the sentences of the articles"
            f" that may answer them, are sent to {self.host}."
        )


@dataclass(frozen=True, slots=True)
class ChatModel:
    """A chat model that is ready to be called.

    Attributes:
        plan: What it was made from.
        chat: LangChain's model.
        context_tokens: Most tokens of prompt and reply together.
        count_tokens: Counts a text's tokens, or estimates them from above.
        reply_options: What a call adds to enforce ``SCHEMA``; may be empty.
        plain: True for a model too small for a format: it is asked for sentences, and its
            statements are matched with evidence afterwards.
    """

    plan: ModelPlan
    chat: BaseChatModel
    context_tokens: int
    count_tokens: Callable[[str], int] = estimate_tokens
    reply_options: Mapping[str, Any] = field(default_factory=dict)
    plain: bool = False


def plan_model(settings: Settings, environ: Mapping[str, str] | None = None) -> ModelPlan:
    """Return what ``settings.model`` names.

    Args:
        settings: With a model.
        environ: Variables; ``os.environ`` when None.

    Raises:
        ModelError: If the name is invalid, its package or key is missing, or the address is no URL.
    """
    environ = os.environ if environ is None else environ
    provider, _, model = settings.model.partition(":")
    if provider == LOCAL:
        from rag.chat.local_model import check_local_model

        if settings.base_url:
            raise ModelError("a local model has no address; leave --base-url out")
        return ModelPlan(settings.model, LOCAL, str(check_local_model(model)), "", "", leaves=False)
    if not provider or not model.strip():
        raise ModelError(
            f"'{settings.model}' is not PROVIDER:NAME; write it as openai:NAME, anthropic:NAME,"
            " ollama:NAME, google_genai:NAME, mistralai:NAME or local"
        )
    known = PROVIDERS.get(provider)
    if known is None:
        _check_other(provider)
    elif find_spec(known.package) is None:
        raise ModelError(
            f"{provider} models need a package; run \"pip install 'onrecord[{known.extra}]'\""
        )
    address = settings.base_url or (_find_address(known, environ) if known else "")
    host, loopback = _describe_host(address) if address else (provider, False)
    if known and known.keys and not settings.base_url and not _find_key(known, environ):
        raise ModelError(
            f"{provider} needs a key and {known.keys[0]} is not set;"
            f" put it into the environment, as in: export {known.keys[0]}=…"
        )
    return ModelPlan(settings.model, provider, model, address, host, leaves=not loopback)


def load_model(settings: Settings, environ: Mapping[str, str] | None = None) -> ChatModel:
    """Return the chat model that ``settings.model`` names, not called yet.

    Args:
        settings: With a model, and how much it may be given.
        environ: Variables; ``os.environ`` when None.

    Raises:
        ModelError: If it cannot be set up.
    """
    environ = os.environ if environ is None else environ
    plan = plan_model(settings, environ)
    if plan.provider == LOCAL:
        return _load_local(plan, settings)
    from langchain.chat_models import init_chat_model

    known = PROVIDERS.get(plan.provider)
    context = settings.context_tokens or _default_context(plan, known)
    options = _constructor_options(plan, known, settings, environ, context)
    try:
        chat = init_chat_model(plan.model, model_provider=plan.provider, **options)
    except Exception as error:  # noqa: BLE001 - any package may raise anything
        # Without its message, which may repeat a key.
        raise ModelError(
            f"{plan.name} cannot be set up ({type(error).__name__});"
            " check its name, --base-url and the key's variable"
        ) from None
    return ChatModel(
        plan=plan,
        chat=chat,
        context_tokens=context,
        reply_options=dict(known.reply_options) if known else {},
    )


def _load_local(plan: ModelPlan, settings: Settings) -> ChatModel:
    from rag.chat.local_model import LocalChatModel

    context = settings.context_tokens or LOCAL_CONTEXT_TOKENS
    chat = LocalChatModel(path=plan.model, context_tokens=context)
    plain = Path(plan.model).stat().st_size < PLAIN_MODEL_BYTES
    return ChatModel(
        plan=plan,
        chat=chat,
        context_tokens=context,
        count_tokens=chat.get_num_tokens,
        reply_options={} if plain else {"response_format": _RESPONSE_FORMAT, "max_tokens": 768},
        plain=plain,
    )


def _constructor_options(
    plan: ModelPlan,
    known: Provider | None,
    settings: Settings,
    environ: Mapping[str, str],
    context: int,
) -> dict[str, Any]:
    if known is None:
        return {"base_url": plan.address} if plan.address else {}
    options: dict[str, Any] = {}
    if known.timeout:
        options[known.timeout] = settings.deadline_seconds
    if known.retries:
        options[known.retries] = 0 if plan.provider != "google_genai" else 1  # it counts tries
    match plan.provider:
        case "openai":
            # Always given, or a variable of LangChain's could override it.
            options["base_url"] = plan.address
            options["api_key"] = _find_key(known, environ) or "none"
            options["stream_usage"] = True
        case "anthropic":
            options["base_url"] = plan.address
            options["api_key"] = _find_key(known, environ) or "none"
        case "ollama":
            options["base_url"] = plan.address
            options["client_kwargs"] = {"timeout": settings.deadline_seconds}
            options["num_ctx"] = context  # otherwise it silently truncates a longer prompt
            options["temperature"] = 0
        case _:
            if settings.base_url:
                options["base_url"] = plan.address
            options["temperature"] = 0
    return options


def _default_context(plan: ModelPlan, known: Provider | None) -> int:
    hosted = known is not None and plan.address == known.address and plan.leaves
    return HOSTED_CONTEXT_TOKENS if hosted else SERVED_CONTEXT_TOKENS


def _check_other(provider: str) -> None:
    """Check that LangChain knows a provider and that its package is installed.

    Raises:
        ModelError: If not.
    """
    from langchain.chat_models import base

    registry: Mapping[str, tuple[Any, ...]] = getattr(base, "_BUILTIN_PROVIDERS", {})
    if provider not in registry:
        names = ", ".join(sorted({*registry, *PROVIDERS}))
        raise ModelError(f"no provider '{provider}'; known are local, {names}")
    package = str(registry[provider][0]).partition(".")[0]
    if find_spec(package) is None:
        raise ModelError(
            f"{provider} models need a package; run 'pip install {package.replace('_', '-')}'"
        )


def _find_address(known: Provider, environ: Mapping[str, str]) -> str:
    found = next((environ[name] for name in known.address_variables if environ.get(name)), "")
    if found and "://" not in found:
        found = f"http://{found}"
    return found or known.address


def _find_key(known: Provider, environ: Mapping[str, str]) -> str:
    return next((environ[name] for name in known.keys if environ.get(name, "").strip()), "")


def _describe_host(address: str) -> tuple[str, bool]:
    """Return the host and port of an address, and whether that is this machine.

    Raises:
        ModelError: If it is not an http or https URL.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    if parts.scheme not in {"http", "https"} or not host:
        raise ModelError(
            "--base-url needs http:// or https:// and a host, as in http://127.0.0.1:8080/v1"
        )
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost"
    shown = f"[{host}]" if ":" in host else host
    return (f"{shown}:{port}" if port else shown), loopback
