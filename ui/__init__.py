"""The faces of OnRecord: the command line, the chat, and how both show answers.

It knows ``rag`` and ``index``, and neither knows it.
"""
