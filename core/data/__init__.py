"""The data sets of the project: facts, loading, downloading, augmentation, bundled pictures and own
photos.
"""
