"""Exports of blogs and notebooks -> the posts that are on record; drafts are named.

They know web pages and feeds; the loaders of XML and JSON ask here first.
"""
