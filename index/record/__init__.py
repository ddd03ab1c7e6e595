"""index/record."""
