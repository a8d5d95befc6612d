"""What one step of a layer does, as plain numbers that the chapters draw."""
