"""VGG16: its tensors from a trusted or foreign file, and its forward pass cut off at a layer."""
