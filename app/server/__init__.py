"""What stands around the pages: how the server starts, and what it answers beside them."""
