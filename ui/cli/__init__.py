"""The command line: parses, calls a library or an assistant, prints, and ends with a status.

It knows ``rag``, ``index`` and what ``ui/`` shares; nothing imports it but ``onrecord.__main__``.
"""
