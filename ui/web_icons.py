"""The page's icons: small drawings in the colour of the text, without a meaning of their own."""

from __future__ import annotations

_PATHS = {
    "copy": "M8 8V4h12v12h-4M4 8h12v12H4z",
    "delete": "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v6M14 11v6",
    "doubt": "M12 3 2.5 20h19zM12 10v4M12 17v.01",
    "down": "M7 4v10M7 14l4 7c1.5 0 2.500-1 2.500-2.500V15H19c1 0 1.800-1 1.500-2l-2-7.500"
    "C18.200 4.600 17.500 4 16.500 4H7M3 4h4v10H3z",
    "download": "M12 4v11M7 11l5 5 5-5M4 20h16",
    "edit": "M4 20h4L19 9l-4-4L4 16zM13 7l4 4",
    "json": "M9 4H7c-1 0-2 1-2 2v3c0 1.500-1 3-2 3 1 0 2 1.500 2 3v3c0 1 1 2 2 2h2"
    "M15 4h2c1 0 2 1 2 2v3c0 1.500 1 3 2 3-1 0-2 1.500-2 3v3c0 1-1 2-2 2h-2",
    "link": "M10 14a4 4 0 0 0 6 0l4-4a4 4 0 0 0-6-6l-1 1"
    "M14 10a4 4 0 0 0-6 0l-4 4a4 4 0 0 0 6 6l1-1",
    "retry": "M20 12a8 8 0 1 1-2.500-5.800M20 3v5h-5",
    "undo": "M9 14 4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3",
    "up": "M7 20V10M7 10l4-7c1.500 0 2.500 1 2.500 2.500V9H19c1 0 1.800 1 1.500 2l-2 7.500"
    "c-.3.900-1 1.500-2 1.500H7M3 10h4v10H3z",
}


def icon(name: str) -> str:
    """Return an icon as SVG that a screen reader passes over.

    Raises:
        KeyError: If there is none of that name.
    """
    return (
        '<svg class="icon" viewBox="0 0 24 24" width="18" height="18" aria-hidden="true"'
        f' focusable="false"><path d="{_PATHS[name]}"/></svg>'
    )
