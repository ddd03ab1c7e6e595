"""Parsers of foreign formats in a process of their own, which can reach nothing."""
