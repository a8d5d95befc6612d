"""The commands of train_all.py, one module each: arguments, progress and sentences.

What they compute is in ``core``.
"""
