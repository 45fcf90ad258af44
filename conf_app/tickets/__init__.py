"""Tickets as QR codes and printed pages, made from plain values."""
