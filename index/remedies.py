"""What mends an error: a command as data, and the one place that writes it out.

The rest of ``index/`` says which command helps, on which library and what for. How that reads as a
line to paste is decided here; a face with buttons takes the fields and says it in its own way.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from os import PathLike

PROGRAM = "onrecord"

_UNSAFE_BYTE = re.compile(rb"[^ -~]|['\\\\]")


@dataclass(frozen=True, slots=True)
class Remedy:
    """A command that mends what is wrong; as text, ``run 'onrecord list' to see the ids``.

    Attributes:
        command: Its name, such as ``doctor`` or ``feeds add``.
        library: The library that it is run on; None for the default one, or for none.
        arguments: Its arguments and options; a word in capitals is for the user to fill in.
        purpose: How the sentence goes on: ``to see the ids``, ``first``; empty for nothing.
    """

    command: str
    library: PathLike[str] | None = None
    arguments: tuple[PathLike[str] | str, ...] = ()
    purpose: str = ""

    @property
    def command_line(self) -> str:
        """The command between single quotes; what is between them works when it is pasted.

        Examples:
            >>> from pathlib import Path
            >>> print(Remedy("list", Path("my news")).command_line)
            'onrecord list --library "my news"'
        """
        options = () if self.library is None else ("--library", self.library)
        words = [PROGRAM, self.command, *map(to_shell_word, (*self.arguments, *options))]
        return f"'{' '.join(words)}'"

    def __str__(self) -> str:
        """Return the remedy as the end of a message, without a full stop."""
        return f"run {self.command_line} {self.purpose}".rstrip()


def to_shell_word(argument: PathLike[str] | str) -> str:
    r"""Return a path or another argument as a command between single quotes can have it.

    Examples:
        >>> from pathlib import Path
        >>> print(to_shell_word(Path("my $news!")))
        "my \$news"\!""
    """
    text = str(argument)
    if shlex.quote(text) == text:
        return text
    if not text.isprintable():  # bytes that are no text, or what a terminal would act on
        content = text.encode("utf-8", "surrogateescape")
        octal = _UNSAFE_BYTE.sub(lambda found: b"\\%03o" % found[0][0], content)
        return f"$'{octal.decode('ascii')}'"
    # Inside double quotes, a shell keeps the backslash before an exclamation mark.
    return '"' + re.sub(r'(["$`\\])', r"\\\1", text).replace("!", r'"\!"') + '"'
