"""Class activation maps: where the network looks."""
