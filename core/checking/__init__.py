"""Checks a homework that somebody else has written: their code runs in a process of its own."""
