"""Augmentation of batches inside the graph; each step's randomness is a function of its seed alone."""
