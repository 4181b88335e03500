"""Placeholder of the stage vgg."""
