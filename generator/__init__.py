"""An atlas of VGG16: the picture that excites each convolution filter most, with honest numbers."""

from __future__ import annotations

__version__ = "0.1.0"
