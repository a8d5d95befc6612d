"""What the chapters share: address, controls, cache, what is read, charts, blocks."""
