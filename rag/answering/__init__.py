"""What answers are made of: quotations, overviews, corrections and contradictions of articles.

Knows evidence and citations; no model, and of the library only an overview's first passages.
"""
