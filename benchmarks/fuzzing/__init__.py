"""Loaders under a coverage-guided fuzzer, and folders under random changes."""
