"""What is measured on finished pictures, in NumPy: statistics, status, ranks, feature maps, bounds."""
