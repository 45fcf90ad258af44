"""Tests of the programme: reading, importing, publishing, showing."""
