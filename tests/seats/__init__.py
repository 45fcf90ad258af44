"""Tests of the seat ledger."""
