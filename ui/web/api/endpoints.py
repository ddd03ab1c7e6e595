"""The tools as endpoints of Gradio's HTTP API."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from index.errors import OnRecordError
from ui.places import hide_paths
from ui.web.access.login import turn_key
from ui.web.api.tools import TOOLS, Tool, ToolContext


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
            raise gr.Error(hide_paths(str(error)), print_exception=False) from None

    endpoint.__name__ = tool.name
    endpoint.__signature__ = signature  # type: ignore[attr-defined]
    endpoint.__annotations__ = {
        **{name: given.annotation for name, given in signature.parameters.items()},
        "return": dict[str, Any],
    }
    return endpoint
