"""index/formats/mail."""
