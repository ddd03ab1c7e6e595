"""Text: cleaned, split into sentences and passages, and what is known of languages. Pure."""
