"""Keeps Gradio and the libraries that it uses from contacting other machines."""

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
    """Switch off, before Gradio is imported, everything that would contact another machine."""
    os.environ.update(_QUIET)
