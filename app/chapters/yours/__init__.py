"""The report of a check of somebody's own homework."""
