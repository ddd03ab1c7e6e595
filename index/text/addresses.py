"""Web addresses as text: recognised, made absolute, and compared. Pure.

Nothing is opened here. The form that is compared is never shown; articles keep their addresses as
they were read.
"""

from __future__ import annotations

import re
from contextlib import suppress
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit

from index.types import Article

MAX_ADDRESS_CHARS = 2_000
"""The longest address that is kept; browsers allow about as much."""

_WEB = ("http", "https")
_DEFAULT_PORTS = (80, 443)
# Parameters that track how a reader came to a page and never identify it.
_TRACKERS = re.compile(
    r"(?:utm|pk|mtm|matomo|piwik|hsa|at|mc|oly|vero|ns|guce)_.*"
    r"|(?:fb|g|d|y|tt|tw)clid|msclkid|wickedid|igsh(?:id)?|gbraid|wbraid|rdt_cid|_ga|_gl|_hs(?:enc|mi)"
    r"|cmp|cmpid|icid|ocid|s_cid|smid|smtyp|ncid|xtor|wt\.mc_id|guccounter|mkt_tok|spm",
    re.IGNORECASE,
)
_WEB_ADDRESS = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.-]*://")
_SAME_HOST = re.compile(r"^(?:www\d?|m|mobile|amp)\.(?=.+\.)")
_MOST_WRAPPINGS = 3
_WRAPPED = tuple(
    re.compile(rf"https?://{form}(?P<inner>\S+)", re.IGNORECASE)
    for form in (
        r"(?:(?:web|wayback|www)\.)?(?:archive\.org|webarchive\.[\w.-]+|arquivo\.pt)"
        r"/(?:web/|wayback/|ukgwa/)?\d{4,14}(?:[a-z]{2}_)?/",
        r"wayback\.archive-it\.org/\w+/\d{4,14}(?:[a-z]{2}_)?/",
        r"archive\.(?:ph|today|is|li|vn|fo|md)/(?:o/\w+/|\d[\d.-]{3,20}/|newest/)",
        r"(?:www\.)?google\.[a-z.]+/amp/(?:s/)?",
        r"[\w-]+\.cdn\.ampproject\.org/[cvwi]/(?:s/)?",
    )
)
_REDIRECTS = re.compile(
    r"(?:www\.)?google\.[a-z.]+/url$|webcache\.googleusercontent\.com/search$|l\.facebook\.com/l\.php$"
    r"|[\w.]*safelinks\.protection\.outlook\.com/|[\w.-]+/login$|urldefense(?:\.proofpoint)?\.com/v\d/url$"
    r"|(?:www\.)?bing\.com/news/apiclick\.aspx$",
    re.IGNORECASE,
)
_CACHED = re.compile(r"cache:(?:[\w-]{8,16}:)?(?P<inner>\S+)")
_SAFE_IN_STEP = ":@!$&'()*+,;=~-._"


def normalise_address(address: str) -> str:
    """Return a web address in the form that is compared.

    The scheme, ``www.``, default ports, user names, the fragment, tracking parameters and a final
    slash are left out; the host is in lower case, parameters are sorted, and characters are escaped
    consistently.

    Args:
        address: Anything.

    Returns:
        Host, path and parameters; empty for anything but a web address.
    """
    try:
        parts = urlsplit(address.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    host = _bare_host(host.strip()) if host else ""
    if parts.scheme.lower() not in _WEB or host.split() != [host]:
        return ""
    place = host + (f":{port}" if port and port not in _DEFAULT_PORTS else "")
    steps = (quote(unquote(step), safe=_SAFE_IN_STEP) for step in parts.path.split("/"))
    path = "/".join(steps).rstrip("/")
    try:
        fields = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=200)
    except ValueError:
        return ""
    kept = sorted((name, value) for name, value in fields if not _TRACKERS.fullmatch(name))
    query = f"?{urlencode(kept)}" if kept else ""
    return f"{place}{path}{query}".strip()


def address_of(article: Article) -> str:
    """Return the address that the versions of an article share, in the form that is compared.

    The canonical address that a page names counts only on the page's own host: a page must not be
    able to replace another site's article.

    Returns:
        The address; empty if the article has none, or only that of a whole site.
    """
    own, named = normalise_address(article.url), normalise_address(article.canonical_url)
    address = named if named and (not own or _host_in(own) == _host_in(named)) else own
    return address if "/" in address or "?" in address else ""


def is_web_address(text: str) -> bool:
    """Return whether a text is an address and not a path.

    Any scheme counts: ``ftp://`` is refused as an address, not looked for as a file.
    """
    return _WEB_ADDRESS.match(text) is not None


def absolute_address(value: str, base: str = "") -> str:
    """Return an address of http or https, absolute and without its fragment; else nothing."""
    value = value.strip()
    if not value or len(value) > MAX_ADDRESS_CHARS or not value.isprintable() or " " in value:
        return ""
    try:
        joined = urljoin(base, value)
    except ValueError:
        return ""
    return joined.partition("#")[0] if host_of(joined) else ""


def unwrap_address(address: str) -> str:
    """Return the address of the page that an archive, a cache or a redirect shows.

    Captures of the Wayback Machine and archive.today, caches and AMP copies of search engines, and
    the redirects of alerts, mails and library proxies name the address of the page itself.

    Args:
        address: A web address; may be empty.

    Returns:
        The page's own address; the address itself if it wraps none.
    """
    for _ in range(_MOST_WRAPPINGS):
        found = next(filter(None, (form.match(address) for form in _WRAPPED)), None)
        inner = found["inner"] if found else _inner_of_redirect(address)
        if inner and not is_web_address(inner):
            inner = f"https://{inner.lstrip('/')}"
        if not (inner and absolute_address(inner)):
            break
        address = absolute_address(inner)
    return address


def _inner_of_redirect(address: str) -> str:
    try:
        parts = urlsplit(address)
        host, fields = parts.hostname or "", dict(parse_qsl(parts.query, max_num_fields=50))
    except ValueError:
        return ""
    names = _REDIRECTS.match(f"{host}{parts.path}")
    if names is None:
        return ""
    value = next((fields[name] for name in ("url", "q", "u", "adurl") if name in fields), "")
    cached = _CACHED.match(value)
    value = cached["inner"] if cached else value
    return value if is_web_address(value) else ""


def host_of(address: str) -> str:
    """Return the host of a web address without ``www.``; empty for anything else."""
    try:
        parts = urlsplit(address)
        host = parts.hostname if parts.scheme in _WEB else None
    except ValueError:
        return ""
    return (host or "").removeprefix("www.")


def _bare_host(host: str) -> str:
    host = host.lower().strip(".")
    with suppress(UnicodeError):  # a name that IDNA does not know stays as it is
        host = host.encode("idna").decode("ascii")
    return _SAME_HOST.sub("", host)


def _host_in(normalised: str) -> str:
    return re.split(r"[/?]", normalised, maxsplit=1)[0]
