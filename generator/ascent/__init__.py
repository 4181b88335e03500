"""Placeholder of the stage ascent."""
