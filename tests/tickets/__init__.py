"""Test codes, QR pictures and printed tickets."""
