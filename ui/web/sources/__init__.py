"""ui/web/sources."""
