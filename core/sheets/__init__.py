"""Exercises on paper: a page for each student with numbers of their own, and the key to it."""
