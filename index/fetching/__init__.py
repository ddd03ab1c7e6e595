"""Web pages and feeds, fetched safely and politely, as files in memory.

Only ``connect`` talks to servers; feeds are parsed where foreign formats are.
"""
