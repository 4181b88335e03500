"""Gradient ascent in TensorFlow: canvas, transforms, objective, optimiser, and the loop that joins them."""
