"""index/searching."""
