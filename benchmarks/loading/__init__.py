"""Visitors of the app without a browser, for benchmarks.load."""
