"""What is known about language: words, nations, calendar words, verbs of saying, who says what.

Pure: text in, spans and words out. Word lists are data files beside their modules. Knows only
``index.types``.
"""
