"""How fast and how large: adding, asking, starting and serving, against the usual pipeline."""
