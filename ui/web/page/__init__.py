"""ui/web/page."""
