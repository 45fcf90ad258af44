"""Tests of the rooms, of the whole, and journeys in a real browser."""
