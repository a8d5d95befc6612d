"""What each part of the homework is asked; one function a part."""
