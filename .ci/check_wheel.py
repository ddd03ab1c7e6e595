"""Check that the wheel in a folder holds the four packages, the licences, and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path, PurePosixPath
from zipfile import ZipFile

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = {"index", "onrecord", "rag", "ui"}
LICENCES = ("LICENSE", "NOTICE", "docs/model_card.md")
BILL = "onrecord.cdx.json"


def main(folder: Path) -> str | None:
    """Return what is wrong with the one wheel in ``folder``, or None."""
    wheels = list(folder.glob("*.whl"))
    if len(wheels) != 1:
        return f"{folder} holds {len(wheels)} wheels, not one; run 'make build'"
    with ZipFile(wheels[0]) as wheel:
        held = {name for name in wheel.namelist() if not name.endswith("/")}

    tops = {PurePosixPath(name).parts[0] for name in held}
    others = {name for name in tops - PACKAGES if not name.endswith(".dist-info")}
    if others or not tops > PACKAGES:
        return f"{wheels[0].name} has {', '.join(sorted(tops))} at its top level"

    (metadata,) = (name for name in tops if name.endswith(".dist-info"))
    licences = {f"{metadata}/licenses/{name}" for name in LICENCES}
    missing = (_package_files() | licences) - held
    if missing:
        return f"{wheels[0].name} lacks {', '.join(sorted(missing))}"
    listed = len(json.loads((folder / BILL).read_text("utf-8"))["components"])
    pinned = (ROOT / "requirements.lock").read_text("utf-8").count("==")
    if listed != pinned:
        return f"{BILL} lists {listed} packages where requirements.lock pins {pinned}"
    print(f"{wheels[0].name}: {', '.join(sorted(tops))}, {len(held)} files")
    return None


def _package_files() -> set[str]:
    """Return every file of the packages that git does not ignore, data files included."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *sorted(PACKAGES)]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return {name for name in listed.stdout.splitlines() if (ROOT / name).is_file()}


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
