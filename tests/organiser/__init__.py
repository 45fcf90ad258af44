"""Tests of the organisers’ side."""
