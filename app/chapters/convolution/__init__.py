"""Convolution and pooling under the pointer."""
