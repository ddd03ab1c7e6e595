"""SQL stands in the rooms of the record and of the ledger, each with a file of its own."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
CHAT_STORE = ROOT / "ui" / "web" / "chat" / "conversations.py"  # a database of its own

RUNS_SQL = re.compile(r"\.execute(?:many|script)?\(|er\.connection\b|\bimport sqlite3\b")


def test_only_the_record_and_the_store_of_the_chat_run_sql() -> None:
    modules = [file for room in ("index", "rag", "ui") for file in (ROOT / room).rglob("*.py")]
    found = {file for file in modules if RUNS_SQL.search(file.read_text("utf-8"))}
    assert CHAT_STORE in found
    rooms = {file.parent for file in found - {CHAT_STORE}}
    record = ROOT / "index" / "record"
    assert rooms == {record, record / "postgres", ROOT / "index" / "ledger"}
