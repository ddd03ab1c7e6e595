"""index/formats/documents."""
