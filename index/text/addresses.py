"""Web addresses, made comparable: two spellings of one address are one. Pure.

What is compared is never opened and never shown; articles keep their addresses as they were read.
"""

from __future__ import annotations

import re
from contextlib import suppress
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from index.types import Article

_WEB = ("http", "https")
_DEFAULT_PORTS = (80, 443)
# Parameters that say how a reader came to a page, never which page it is.
_TRACKERS = re.compile(
    r"(?:utm|pk|mtm|matomo|piwik|hsa|at|mc|oly|vero|ns|guce)_.*"
    r"|(?:fb|g|d|y|tt|tw)clid|msclkid|wickedid|igsh(?:id)?|gbraid|wbraid|rdt_cid|_ga|_gl|_hs(?:enc|mi)"
    r"|cmp|cmpid|icid|ocid|s_cid|smid|smtyp|ncid|xtor|wt\.mc_id|guccounter|mkt_tok|spm",
    re.IGNORECASE,
)
_SAME_HOST = re.compile(r"^(?:www\d?|m|mobile|amp)\.(?=.+\.)")
_SAFE_IN_STEP = ":@!$&'()*+,;=~-._"


def normalise_address(address: str) -> str:
    """Return a web address in the form that is compared.

    Left out are the scheme, ``www.``, the default port, user names, the fragment, parameters that
    only track readers, and a slash at the end; the host is in small letters, parameters are in
    order, and characters are escaped in one way.

    Args:
        address: Anything.

    Returns:
        Host, path and parameters; empty for what is no address of the web.
    """
    try:
        parts = urlsplit(address.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if parts.scheme.lower() not in _WEB or not host:
        return ""
    place = _bare_host(host) + (f":{port}" if port and port not in _DEFAULT_PORTS else "")
    steps = (quote(unquote(step), safe=_SAFE_IN_STEP) for step in parts.path.split("/"))
    path = "/".join(steps).rstrip("/")
    try:
        fields = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=200)
    except ValueError:
        return ""
    kept = sorted((name, value) for name, value in fields if not _TRACKERS.fullmatch(name))
    query = f"?{urlencode(kept)}" if kept else ""
    return f"{place}{path}{query}"


def address_of(article: Article) -> str:
    """Return the address by which versions of an article are known, in the form of comparison.

    The address that a page names as the right one counts only if it is on the page's own host: a
    page must not be able to take the place of another site's article.

    Returns:
        Empty where the article has no address, or only that of a whole site.
    """
    own, named = normalise_address(article.url), normalise_address(article.canonical_url)
    address = named if named and (not own or _host_of(own) == _host_of(named)) else own
    return address if "/" in address or "?" in address else ""


def _bare_host(host: str) -> str:
    host = host.lower().rstrip(".")
    with suppress(UnicodeError):  # a name that IDNA does not know stays as it is
        host = host.encode("idna").decode("ascii")
    return _SAME_HOST.sub("", host)


def _host_of(normalised: str) -> str:
    return re.split(r"[/?]", normalised, maxsplit=1)[0]
