"""How good answers are: their sentences, follow-ups, drafts, and what a chat model states."""
