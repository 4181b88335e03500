"""VGG16's convolution base: its weights (found, verified and read without TensorFlow) and its forward pass."""
