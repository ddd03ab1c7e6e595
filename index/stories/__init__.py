"""index/stories."""
