"""A lecture as one file: what it holds, and how it is read."""
