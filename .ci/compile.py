"""Compile generator/vgg/winograd.c while the package is built or installed; the wheel is the platform's own then."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCE = Path("generator/vgg/winograd.c")
LIBRARY = SOURCE.with_suffix(".native")


class Compile(BuildHookInterface[Any]):
    """The hook of the table `tool.hatch.build.targets.wheel.hooks.custom` in pyproject.toml."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling names them
        """Compile for any processor of the platform; of x86 for those with AVX2, which the program asks for first."""
        kind = ["-mcpu=x86_64_v3"] if platform.machine().lower() in ("x86_64", "amd64") else []
        # Replaced, not written over: a program that computes may have the former one loaded.
        fresh = Path(self.root, LIBRARY).with_suffix(".fresh")
        options = ["-O3", "-ffp-contract=fast", "-shared", "-s", "-fPIC", *kind, "-o", str(fresh), str(SOURCE)]
        subprocess.run([sys.executable, "-m", "ziglang", "cc", *options], cwd=self.root, check=True)  # noqa: S603
        fresh.replace(Path(self.root, LIBRARY))
        build_data["artifacts"].append(str(LIBRARY))
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
