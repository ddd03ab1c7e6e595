"""Which retrieved sentences answer a question, and how probable it is that any of them does.

Knows passages and what a question asks for; the reader's model runs here and nowhere else.
"""
