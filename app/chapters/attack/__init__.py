"""Evasion attacks: how little it takes to fool a network."""
