"""A draft of the user's own against the library: what of it the articles say, and how.

Knows the library, the search and verification; the faces and ``onrecord`` call ``check_draft``.
"""
