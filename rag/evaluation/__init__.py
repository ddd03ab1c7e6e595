"""Question sets with known answers: run through the assistant, scored, and made from feedback.

Knows all of ``rag``; nothing here takes part in an answer.
"""
