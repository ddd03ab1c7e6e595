"""Copies of one text: recognised, grouped into stories, and shown once in an answer.

Knows the record; nothing of encoders or of what asks.
"""
