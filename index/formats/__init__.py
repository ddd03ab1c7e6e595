"""Formats: one file each that turns what a user hands over into articles, and what they share."""
