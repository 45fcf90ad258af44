"""Tests of registering, changing, cancelling, and of the ticket pages."""
