"""The static site that `train_all.py site` writes, held against core: see ``__main__``."""
