"""How the evidence reader was made: data, training, export. Not installed with the product."""
