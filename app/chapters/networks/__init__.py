"""Both networks of the homework as pictures: every layer, its shape and its numbers."""
