"""Measurements, each a command: ``python -m benchmarks.NAME --help``; see docs/benchmarks.md."""
