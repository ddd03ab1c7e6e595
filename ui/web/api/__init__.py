"""What programs can ask for: one table of tools, as an HTTP API and as MCP tools.

It may use ``rag``, ``index`` and ``access``, and knows nothing of the page.
"""
