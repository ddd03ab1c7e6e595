"""Whether a text supports a claim: both are parsed, aligned, checked and scored.

Pure. Knows the language room and the stems of ``rag.asking``; other rooms call ``verify``.
"""
