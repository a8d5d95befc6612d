"""One chapter a folder; app/Home.py lists them."""
