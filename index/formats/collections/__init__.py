"""JSON Lines, JSON, CSV and Excel -> one article per row or record.

Columns are recognised by their names in ``columns.toml``.
"""
