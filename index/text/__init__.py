"""Text: decoded, cleaned, dated, split into sentences and passages.

Pure. Knows the language room and ``index.types``.
"""
