"""The chat and the article panel as safe HTML.

It may use ``chat`` and ``wire``; all text is escaped here, and nothing is stored.
"""
