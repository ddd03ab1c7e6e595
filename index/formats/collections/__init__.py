"""index/formats/collections."""
