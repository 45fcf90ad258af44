"""Tests of what is erased, and when."""
