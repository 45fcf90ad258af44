"""Speak HTTP: pages and parts, forms, French, headers, errors."""
