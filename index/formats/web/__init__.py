"""Web pages and feeds -> articles: main text, metadata and dates, without furniture.

They only read bytes at hand and never fetch anything.
"""
