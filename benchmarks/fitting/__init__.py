"""Fits the few weights of answers and of verification, and says what they reach."""
