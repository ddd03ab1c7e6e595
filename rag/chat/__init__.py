"""rag/chat."""
