"""Placeholder of the stage store."""
