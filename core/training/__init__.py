"""Training: settings, the loop, the learning rate, resuming, and several processes that train
together.
"""
