"""Import TensorFlow without its chatter."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import tempfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def quiet_tensorflow() -> None:
    """Import TensorFlow and keep what it prints about itself from the user; an error's own output is passed on.

    Import it through this function first, everywhere: its C++ part writes straight to the file descriptor of stderr
    while it is loaded, before any setting of its log level counts.
    """
    if "tensorflow" in sys.modules:
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    with _held_stderr():
        import tensorflow as tf  # noqa: PLC0415

        tf.get_logger().setLevel(logging.ERROR)
        logging.getLogger("absl").setLevel(logging.ERROR)


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
