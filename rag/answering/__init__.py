"""What answers consist of: quotations, overviews, corrections and contradictions of articles.

Knows evidence and citations but no model, and of the library only an overview's first passages.
"""
