"""What a question asks for: follow-ups, spelling, terms, requests for an overview.

Reads the question, the turns before it and the library's vocabulary; never an article.
"""
