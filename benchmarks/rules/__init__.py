"""What each hand-made rule contributes: it is switched off, and the questions are asked again."""
