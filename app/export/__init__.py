"""A page of the app as one file that lives: HTML that opens from the disk, without a server."""
