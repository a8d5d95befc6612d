"""Heavy work beside the script threads: a line, processes that compute, and shared answers."""
