"""Serve the organisers: sign-in, lists, exports."""
