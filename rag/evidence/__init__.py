"""rag/evidence."""
