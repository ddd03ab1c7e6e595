"""ui/web/chat."""
