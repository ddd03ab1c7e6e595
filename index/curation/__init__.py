"""How articles change over time: edits, removals, versions, re-encoding.

Decides and calls; only ``index/record/`` knows what is stored, and how.
"""
