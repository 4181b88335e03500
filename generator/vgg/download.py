"""Fetch the ImageNet weights the way Keras does, into Keras' own cache."""

from __future__ import annotations

import contextlib
import io
import socket
from pathlib import Path
from typing import Final

from generator.errors import BadWeights
from generator.vgg.sources import KERAS_FILE, keras_home

KERAS_ORIGIN: Final = f"https://storage.googleapis.com/tensorflow/keras-applications/vgg16/{KERAS_FILE}"
KERAS_MD5: Final = "6d6bbae143d832006294945121d1f1fc"
"""Keras' own check of its file; the atlas compares the tensors with their SHA-256 digests besides."""
_TIMEOUT_S: Final = 30.0


def download(origin: str = KERAS_ORIGIN) -> Path:
    """Return the path of Keras' weights file, fetched into Keras' cache (58 MB) unless it is there.

    Raises:
        BadWeights: it cannot be fetched.

    """
    from generator.vgg.backend import tf  # noqa: PLC0415  # takes seconds

    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_TIMEOUT_S)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            fetched = tf.keras.utils.get_file(
                KERAS_FILE, origin, cache_dir=keras_home(), cache_subdir="models", file_hash=KERAS_MD5
            )
    except Exception as error:  # noqa: BLE001  # Keras wraps network errors in a bare Exception
        reason = str(error).strip().splitlines()[-1] if str(error).strip() else type(error).__name__
        raise BadWeights(f"the Keras download failed ({reason})") from None
    finally:
        socket.setdefaulttimeout(before)
    return Path(fetched)
