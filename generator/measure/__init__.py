"""Placeholder of the stage measure."""
