"""What tells whether a layer, a network, a map or an attack of somebody else is right, and what is
wrong with it.

A process of its own runs the foreign code and answers with tensors; this one holds what is right.
"""
