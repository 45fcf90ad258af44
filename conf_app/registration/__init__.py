"""Register, change, cancel; the ticket pages."""
