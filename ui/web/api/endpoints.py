"""The tools as endpoints of Gradio's HTTP API."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

from index.errors import OnRecordError
from ui.web.access.login import turn_key
from ui.web.api.tools import TOOLS, Tool, ToolContext, describe_to_client

_CALL = re.compile(r"/gradio_api/call/(?P<by_name>v2/)?(?P<name>\w+)/?")
_JSON = re.compile(r"/gradio_api/(?:call/.*|queue/join|cancel|reset)/?")


def add_endpoints(context: ToolContext) -> None:
    """Add an endpoint for each tool to the Gradio application being built.

    Call it inside ``with gr.Blocks():``, before any event. What goes wrong reaches the caller as
    one line.

    Raises:
        ValueError: If an event of the page has one of the names already.
    """
    from gradio.context import Context
    from gradio.events import api

    for tool in TOOLS:
        # Waiting is left to our own queue, which is fair; Gradio's would be first come.
        api(
            _make_endpoint(tool, context),
            api_name=tool.name,
            api_description=tool.description,
            concurrency_limit=None,
        )
        blocks = Context.root_block
        if blocks is None or blocks.fns[max(blocks.fns)].api_name != tool.name:
            raise ValueError(f"'/{tool.name}' is the name of an event already")


def find_call_fault(path: str, body: bytes, *, functions: Mapping[int, int]) -> str:
    """Return what is wrong with a request of a page or a program, in a line, or an empty string.

    Gradio would answer some of it with status 500 and a traceback, and begins the rest in vain.

    Args:
        path: Of the request; others than those with JSON are not looked at.
        body: For a call of an endpoint, parameters by name for ``call/v2/``, otherwise in order
            under ``data``.
        functions: How many values each event takes, by the number that it may be named by.
    """
    if _JSON.fullmatch(path) is None:
        return ""
    try:
        fields = json.loads(body, parse_float=_read_float, parse_constant=_read_float)
    except (ValueError, RecursionError):
        return "the request is not JSON"
    if not isinstance(fields, dict):
        return "the request is not a JSON object"
    if fault := _find_event_fault(fields, functions):
        return fault
    match = _CALL.fullmatch(path)
    tool = next((tool for tool in TOOLS if match and tool.name == match["name"]), None)
    if match is None or tool is None:
        return ""
    return _find_parameter_fault(tool, fields, by_name=bool(match["by_name"]))


def _find_event_fault(fields: dict[str, Any], functions: Mapping[int, int]) -> str:
    number, values = fields.get("fn_index"), fields.get("data")
    if number is None:
        return ""
    if not isinstance(number, int) or number not in functions:
        return "there is no event of this number"
    if isinstance(values, list) and len(values) < functions[number]:
        return f"data should be a list of {functions[number]} values"
    return ""


def _find_parameter_fault(tool: Tool, fields: dict[str, Any], *, by_name: bool) -> str:
    if not by_name:
        data = fields.get("data")
        names = list(tool.signature().parameters)
        if not isinstance(data, list) or len(data) != len(names):
            return f"data should be a list of {len(names)} parameters: {', '.join(names)}"
        fields = dict(zip(names, data, strict=True))
    try:
        tool.read(fields)
    except OnRecordError as error:
        return str(error)
    return ""


def _read_float(text: str) -> float:
    """Return a number of JSON, which has no infinite ones and none that are not numbers."""
    number = float(text)
    if not isfinite(number):
        raise ValueError(text)
    return number


def _make_endpoint(tool: Tool, context: ToolContext) -> Callable[..., dict[str, Any]]:
    """Return a function with the tool's signature, from which Gradio makes the endpoint."""
    import gradio as gr

    # Of a plain annotation Gradio makes the schema; what pydantic adds to it, it does not know.
    request = inspect.Parameter(
        "request", inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None, annotation=gr.Request
    )
    signature = tool.signature(request)

    def endpoint(*given: Any) -> dict[str, Any]:  # noqa: ANN401 - read by the tool's model
        arguments = signature.bind(*given).arguments
        owner = turn_key(arguments.pop("request", None))
        try:
            return tool.call(context._replace(owner=owner), arguments)
        except OnRecordError as error:
            raise gr.Error(describe_to_client(error), print_exception=False) from None

    endpoint.__name__ = tool.name
    endpoint.__signature__ = signature  # type: ignore[attr-defined]
    endpoint.__annotations__ = {
        **{name: given.annotation for name, given in signature.parameters.items()},
        "return": dict[str, Any],
    }
    return endpoint
