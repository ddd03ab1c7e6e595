"""The record: one SQLite file with everything that a library must not lose; all SQL is here.

Knows types, text and languages; speaks to the rooms above in objects of ours, never in rows.
"""
