"""``Filter`` -> a condition of SQL on the articles."""

from __future__ import annotations

from datetime import date

from index.types import Filter


def filter_to_sql(only: Filter, *, has_details: bool = True) -> tuple[str, list[object]]:
    """Return a condition on the articles ``a``, and its values.

    Args:
        only: What they must satisfy.
        has_details: Whether the record has languages and authors; in an older one they are
            not known of any article.
    """
    conditions, values = ["1"], list[object]()
    if only.sources:
        # folded() is ours, see index.archive: SQLite itself folds ASCII only.
        one = "instr(folded(a.outlet), ?) > 0 OR instr(folded(a.source), ?) > 0"
        conditions.append("(" + " OR ".join([one] * len(only.sources)) + ")")
        values += [name.casefold() for name in only.sources for _ in range(2)]
    if only.outlets:
        conditions.append(f"folded(a.outlet) IN ({_marks(only.outlets)})")
        values += [name.casefold() for name in only.outlets]
    if only.since is not None:
        conditions.append("a.published >= ?")
        values.append(date.isoformat(only.since))
    if only.until is not None:
        conditions.append("a.published <= ?")
        values.append(date.isoformat(only.until))
    if only.languages:
        column = "a.language" if has_details else "''"
        conditions.append(f"{column} IN ({_marks(only.languages)})")
        values += [code.casefold() for code in only.languages]
    if only.authors:
        column = "a.author" if has_details else "''"
        one = f"instr(folded({column}), ?) > 0"
        conditions.append("(" + " OR ".join([one] * len(only.authors)) + ")")
        values += [name.casefold() for name in only.authors]
    return " AND ".join(conditions), values


def _marks(names: tuple[str, ...]) -> str:
    return ", ".join("?" * len(names))
