"""TensorFlow, imported once and quietly; every module that computes takes it from here."""

from __future__ import annotations

from generator.vgg.quiet import quiet_tensorflow

quiet_tensorflow()

import tensorflow as tf  # noqa: E402 - only after its chatter is held back

__all__ = ["tf"]
