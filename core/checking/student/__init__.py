"""What runs in the process of a foreign file: it imports nothing else of the project."""
