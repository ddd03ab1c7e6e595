"""Copies of one text: recognised, grouped into stories, and shown once in an answer.

Knows the record, but nothing of encoders or questions.
"""
