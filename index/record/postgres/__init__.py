"""The record in PostgreSQL: the statements of ``index.record``, on a server.

The only room that knows psycopg and PostgreSQL's SQL; what it derives for searching is beside it.
"""

from index.errors import OnRecordError

try:
    import psycopg  # noqa: F401 - only whether it is there
    import psycopg_pool  # noqa: F401
except ImportError as error:
    raise OnRecordError(
        "a library in PostgreSQL needs a package", "run \"pip install 'onrecord[postgres]'\""
    ) from error
