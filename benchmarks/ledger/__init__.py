"""How well statements, names and days are read, on labels made by people."""
