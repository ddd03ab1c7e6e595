"""index/formats/web."""
