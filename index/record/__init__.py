"""The record: one SQLite file with everything that a library must not lose; all SQL is here.

Knows types, text and languages; gives the rooms above objects of ours, never rows.
"""
