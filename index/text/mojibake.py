"""Text that was decoded wrongly, as ``cafÃ©`` for ``café``, repaired by ftfy. Pure."""

from __future__ import annotations

import ftfy
from ftfy.badness import is_bad

_LONGEST_LINE = 100_000
# fix_encoding only: whatever else a text holds is what its author wrote.
_CONFIG = ftfy.TextFixerConfig(
    unescape_html=False,
    remove_terminal_escapes=False,
    restore_byte_a0=True,
    replace_lossy_sequences=True,
    decode_inconsistent_utf8=True,
    fix_c1_controls=False,
    explain=False,
)


def repair_encoding(text: str) -> str:
    """Return a text whose lines are decoded rightly, each judged for itself.

    A line that does not look wrong stays as it is.
    """
    if text.isascii():
        return text
    return "\n".join(
        ftfy.fix_encoding(line, _CONFIG) if len(line) <= _LONGEST_LINE and is_bad(line) else line
        for line in text.split("\n")
    )
