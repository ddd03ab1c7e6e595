"""Encoders: passages and questions to unit vectors, and what is known of their models.

Knows the record's passages and vectors, and alone in ``index/`` what runs a model.
"""
