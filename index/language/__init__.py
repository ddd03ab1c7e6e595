"""index/language."""
