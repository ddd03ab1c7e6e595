"""What `rag.question` is made of: whether a question leans on its conversation, and on what."""
