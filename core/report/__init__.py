"""The homework's report, and its pictures, drawn with matplotlib."""
