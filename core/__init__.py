"""The reference solution: hand-written layers, networks, training, checkpoints."""
