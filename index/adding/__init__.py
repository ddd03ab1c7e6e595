"""One ``add``: files are found and read, articles are decided about, and batches are stored.

Knows every other room of ``index/`` but the façade; nothing below knows it.
"""
