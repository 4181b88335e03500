"""Puts files into a site folder: all of a publication or nothing of it, and never a file of someone else."""
