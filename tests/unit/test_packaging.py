"""The wheel carries what the program needs and nothing else, and the pinned versions fit what it asks for."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from generator import __version__

ROOT = Path(__file__).parents[2]
CONSTRAINTS = ROOT / ".ci" / "constraints.txt"
UNPINNED = "compare"
"""An extra for a bench beside other libraries; it brings PyTorch, which nothing else here needs."""
STAGES = {path.stem for path in (ROOT / "generator").iterdir() if not path.name.startswith(("_", "."))} - {"py"}


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    """Return what pyproject.toml says."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel, built from the tree as it stands."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = folder.glob("*.whl")
    return path


def test_the_wheel_carries_the_program_its_templates_and_its_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    source = {str(path.relative_to(ROOT)) for path in (ROOT / "generator").rglob("*.py")}
    templates = {
        f"generator/_templates/{path.relative_to(ROOT / 'templates')}"
        for path in (ROOT / "templates").rglob("*")
        if path.is_file()
    }
    assert source <= names
    assert templates
    assert templates <= names
    assert {"generator/py.typed", "generator/vgg/winograd.native"} <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_wheel_carries_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        roots = {name.split("/")[0] for name in archive.namelist()}
    assert roots == {"generator", f"vgg_atlas-{__version__}.dist-info"}


def test_the_wheel_says_what_it_is(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        folder = f"vgg_atlas-{__version__}.dist-info"
        metadata = Parser().parsestr(archive.read(f"{folder}/METADATA").decode())
        scripts = archive.read(f"{folder}/entry_points.txt").decode()
    assert metadata["Name"] == "vgg-atlas"
    assert metadata["Requires-Python"] == ">=3.11"
    assert set(metadata.get_all("Provides-Extra", [])) == {
        *("weights", "safetensors", "ray", "parquet", "serve", "dev"),
        UNPINNED,
    }
    assert "atlas = generator.cli:main" in scripts


def test_the_installed_wheel_runs_and_finds_its_templates(wheel: Path, tmp_path: Path) -> None:
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(tmp_path), str(wheel)]
    subprocess.run([sys.executable, *install], capture_output=True, check=True)
    code = (
        "import generator\n"
        "from generator.render.environment import templates_folder\n"
        "print(generator.__file__)\n"
        "print(templates_folder())\n"
    )
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    program = [sys.executable, "-c", code]
    done = subprocess.run(program, env=env, cwd=tmp_path, capture_output=True, text=True, check=False)
    package = tmp_path / "generator"
    assert done.stdout.splitlines() == [str(package / "__init__.py"), str(package / "_templates")], done.stderr
    assert (package / "_templates" / "base.html").is_file()
    version = [sys.executable, "-m", "generator", "--version"]
    done = subprocess.run(version, env=env, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == f"atlas {__version__}\n"


def pinned() -> dict[str, str]:
    lines = [line for line in CONSTRAINTS.read_text().splitlines() if not line.startswith("#")]
    assert all(line.count("==") == 1 and "/" not in line and " " not in line for line in lines)
    return {name.lower().replace("_", "-"): version for name, version in (line.split("==") for line in lines)}


def test_every_dependency_is_pinned_to_a_version_that_it_allows(project: dict[str, Any]) -> None:
    asked = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    for name, extra in project["project"]["optional-dependencies"].items():
        asked += extra if name != UNPINNED else []
    versions = pinned()
    for requirement in map(Requirement, asked):
        assert requirement.specifier.contains(versions[requirement.name.lower()]), requirement


def test_pins_name_no_address_and_nothing_that_the_atlas_does_not_need() -> None:
    assert "//" not in CONSTRAINTS.read_text()
    assert not {"torch", "jax", "vgg-atlas"} & set(pinned())


def test_the_import_rules_leave_no_part_of_the_program_out(project: dict[str, Any]) -> None:
    contracts = project["tool"]["importlinter"]["contracts"]
    allowed = {
        ("tensorflow",): set(),  # not even vgg, but for the one module that sets it up
        ("keras",): {"vgg", "ascent"},
        ("jinja2",): {"render"},
        ("typer", "rich", "click"): {"cli"},
        ("matplotlib",): {"figures"},
        ("sqlite3",): {"store"},
    }
    for modules, users in allowed.items():
        bound = {
            source.removeprefix("generator.")
            for contract in contracts
            if contract["type"] == "forbidden" and set(modules) <= set(contract["forbidden_modules"])
            for source in contract["source_modules"]
        }
        assert bound == STAGES - users, modules


def test_the_hooks_are_ones_that_pre_commit_takes() -> None:
    config = ROOT / ".pre-commit-config.yaml"
    command = [sys.executable, "-m", "pre_commit", "validate-config", str(config)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_continuous_integration_runs_what_a_person_runs() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    commands = [line for line in script.splitlines() if line and not line.startswith("#")]
    assert commands == ["set -eu", 'cd "$(dirname "$0")/.."', "exec make test"]
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
