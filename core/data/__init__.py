"""The data sets of the project: facts, loading, augmentation, bundled pictures and own photos."""
