"""The present moment, as far as the machine's clock can be believed.

A date after it is no date of publication. A machine without a battery begins in 1970, and one with
an empty one years ago: articles read then would lose their dates.
"""

from __future__ import annotations

from datetime import UTC, datetime

RELEASED = datetime(2026, 11, 30, tzinfo=UTC)
"""When this program was made: no clock that shows an earlier moment is right."""


def believable_now() -> datetime:
    """Return the present moment in the machine's zone; never one before this program was made."""
    return max(datetime.now().astimezone(), RELEASED.astimezone())
