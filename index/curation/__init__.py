"""What people and time do to articles: edits, removals, versions, reencoding.

Decides and calls; what is stored, and how, is known to ``index/record/`` alone.
"""
