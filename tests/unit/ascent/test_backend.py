"""How TensorFlow is set up before it computes anything."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from generator.vgg.backend import tf
from generator.vgg.forward import Trunk

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VARIABLE = "TF_ENABLE_ONEDNN_OPTS"
ASK = """
import generator.vgg.backend
from tensorflow.python.framework.test_util import IsMklEnabled
print(IsMklEnabled())
"""


@pytest.mark.parametrize(("said", "expected"), [(None, "True"), ("0", "False")])
def test_what_computes_has_one_dnn_on_any_processor_unless_the_user_says_otherwise(
    said: str | None, expected: str
) -> None:
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    if said is not None:
        environment[VARIABLE] = said
    done = subprocess.run(
        [sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.strip() == expected


def test_float32_is_never_rounded_to_tf32(random_tensors: dict[str, NDArray[np.float32]]) -> None:
    tf.config.experimental.enable_tensor_float_32_execution(True)  # noqa: FBT003 - it takes no keyword
    Trunk(random_tensors, "float32")
    assert not tf.config.experimental.tensor_float_32_execution_enabled()
