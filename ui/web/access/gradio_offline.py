"""Gradio and the libraries below it, kept from reaching anything elsewhere."""

from __future__ import annotations

import os

_QUIET = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_RUN_HISTORY": "False",
    "GRADIO_SHARE": "False",
    "GRADIO_MCP_SERVER": "False",
    "GRADIO_SSR_MODE": "False",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "OTEL_SDK_DISABLED": "true",
}


def keep_quiet() -> None:
    """Switch off, before Gradio is imported, all that would reach elsewhere."""
    os.environ.update(_QUIET)
