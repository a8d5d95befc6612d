"""What the chapters share: loaders, state, controls, charts, blocks."""
