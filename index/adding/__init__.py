"""index/adding."""
