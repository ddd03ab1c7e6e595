"""What `rag.verification.verify` is made of: one file for each thing that is read or compared."""
