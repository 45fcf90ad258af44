"""Test the mail room."""
