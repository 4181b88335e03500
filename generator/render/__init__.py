"""Placeholder of the stage render."""
