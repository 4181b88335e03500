"""Placeholder of the stage publish."""
