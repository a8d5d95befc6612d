"""What makes the hand-written layers of core.conv and core.pool fast and safe."""
