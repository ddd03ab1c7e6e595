"""index/curation."""
