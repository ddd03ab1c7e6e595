"""The part of ``add`` that knows the web: its options, and addresses among the paths."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli_context import NameCommand
from ui.cli_options import parse_date

if TYPE_CHECKING:
    from index import Library

FeedOption = Annotated[
    list[str] | None,
    typer.Option(
        "--feed",
        metavar="URL",
        help="A feed whose articles to fetch, or a page that names its feed; repeat for more.",
    ),
]
RememberedFeedsOption = Annotated[
    bool,
    typer.Option("--feeds", help="All feeds that 'onrecord feeds add' remembered."),
]
FeedSinceOption = Annotated[
    date | None,
    typer.Option(
        "--since",
        metavar="DATE",
        parser=parse_date,
        help="Of a feed, only articles of this day or later.",
    ),
]
AllowPrivateOption = Annotated[
    bool,
    typer.Option(
        "--allow-private",
        help="Also fetch from this machine and its network, and from any port.",
    ),
]


def split_targets(targets: Sequence[str]) -> tuple[list[Path], list[str]]:
    """Return what of the arguments of ``add`` are paths, and what are web addresses.

    An address is whatever has a scheme, also one that is then refused, as ``ftp://``.
    """
    from index.fetching.address import is_web_address

    urls = [target for target in targets if is_web_address(target)]
    return [Path(target) for target in targets if not is_web_address(target)], urls


def check_feed_options(
    feeds: Sequence[str], since: date | None, *, all_feeds: bool = False
) -> None:
    """Refuse ``--since`` where there is no feed that it could be about.

    Raises:
        BadParameter: If so.
    """
    if since is not None and not (feeds or all_feeds):
        raise typer.BadParameter("it is about the entries of a --feed", param_hint="--since")


def find_feeds(library: Library | None, named: NameCommand) -> list[str]:
    """Return the feeds that a library remembers.

    Args:
        library: The library; None where there is none yet.
        named: Names the command that adds a feed.

    Raises:
        SubscriptionError: If there are none.
    """
    from index.errors import SubscriptionError

    found = [] if library is None else [feed.url for feed in library.subscriptions().all()]
    if not found:
        raise SubscriptionError(f"no feeds are remembered; {named('feeds add URL')} adds one")
    return found
