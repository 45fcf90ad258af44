"""Measure the site as it is served, against targets: ``python -m tests.bench``."""
