"""Placeholder of the stage workflows."""
