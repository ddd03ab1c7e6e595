"""The chat in the browser: page, HTTP API and tools, served by Gradio behind a guard of ours.

It may use ``rag``, ``index`` and the rest of ``ui`` except ``ui.cli``.
"""
