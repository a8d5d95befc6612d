"""Each module prints a table of ratios against the peers, measured side by side in one run."""
