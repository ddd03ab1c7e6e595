"""Web pages and feeds, fetched safely and politely."""
