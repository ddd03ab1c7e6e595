"""index/encoding."""
