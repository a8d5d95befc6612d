"""One chapter a file; app/Home.py lists them."""
