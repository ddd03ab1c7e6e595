"""ui/web/api."""
