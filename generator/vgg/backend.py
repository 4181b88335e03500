"""TensorFlow, imported once, quietly and with oneDNN; every module that computes takes it from here.

Nothing else may import it first: what the environment says counts only while TensorFlow is loaded, and its C++ part
then writes straight to the file descriptor of stderr, before any setting of its log level counts.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import tempfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["tf"]


@contextlib.contextmanager
def _held_stderr() -> Iterator[None]:
    """Hold back what is written to the descriptor of stderr; write it after all when the block raises."""
    sys.stderr.flush()
    try:
        saved = os.dup(2)
    except OSError:
        yield
        return
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(saved, held.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(saved, 2)
            os.close(saved)


os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
# Unless told, TensorFlow uses oneDNN only on processors with AVX-512; deep layers are up to twice as fast with it.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
with _held_stderr():
    import tensorflow as tf

tf.get_logger().setLevel(logging.ERROR)
logging.getLogger("absl").setLevel(logging.ERROR)
