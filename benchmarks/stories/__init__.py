"""How well copies of an article are told from other articles on the same event."""
