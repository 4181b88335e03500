"""Placeholder of the stage executors."""
