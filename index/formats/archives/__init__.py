"""index/formats/archives."""
