"""What survives an attack, a thousand threads and a power loss."""
