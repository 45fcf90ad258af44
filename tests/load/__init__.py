"""Load the real server, and kill it, while many people register at once."""
