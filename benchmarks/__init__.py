"""Measurements, each a command: ``python -m benchmarks.FOLDER.NAME --help``; see README.md."""
