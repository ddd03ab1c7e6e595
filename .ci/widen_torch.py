"""Let a lock file take any build of the torch that it pins: for processors alone, or for a GPU.

Which build is fetched is the installing machine's affair, and each has its own digest. So the pin
loses the mark of the build that the resolver happened to find, and gets the digests of all that are
on offer.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from piptools.repositories import PyPIRepository

_PIN = re.compile(
    r"^torch==(?P<version>[0-9.]+)\S*(?P<hashes>(?: \\\n +--hash=\S+)+)", re.MULTILINE
)


def main(lock: Path) -> None:
    """Rewrite the pin of torch in a lock file."""
    lock.write_text(_PIN.sub(_widen, lock.read_text("utf-8")), "utf-8")


def _widen(pin: re.Match[str]) -> str:
    repository = PyPIRepository([], cache_dir="")
    with repository.allow_all_wheels():
        candidates = repository.find_all_candidates("torch")
    version = pin["version"]
    offered = {
        f"sha256:{candidate.link.hash}"
        for candidate in candidates
        if str(candidate.version) == version and candidate.link.hash_name == "sha256"
    }
    digests = sorted(offered | set(re.findall(r"sha256:\w+", pin["hashes"])))
    return f"torch=={version} \\\n" + " \\\n".join(f"    --hash={digest}" for digest in digests)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
