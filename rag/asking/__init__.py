"""rag/asking."""
