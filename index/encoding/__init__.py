"""Encoders: passages and questions to unit vectors, and what is known of their models.

Knows the record's passages and vectors; no other room of ``index/`` knows what runs a model.
"""
