"""The command line: ``python -m onrecord``, and what the ``onrecord`` command runs."""

from __future__ import annotations

import sys

from onrecord import check_packages


def main() -> None:
    """Run the command line and leave with its exit status."""
    try:
        check_packages("index", "rag", "ui")
    except ImportError as error:
        sys.exit(f"Error: {error}")
    from ui.cli.main import main as run

    run()


if __name__ == "__main__":
    main()
