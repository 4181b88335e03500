"""The Jinja2 environment: autoescape always on, an undefined name is an error, every template compiled once."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from generator.errors import WorkFailed

PACKAGE = Path(__file__).resolve().parents[1]


def templates_folder() -> Path:
    """Return the folder of the templates: the checkout's, or the one that an installed package carries.

    Raises:
        WorkFailed: neither is there; the installation is incomplete.

    """
    for folder in (PACKAGE / "_templates", PACKAGE.parent / "templates"):
        if (folder / "base.html").is_file():
            return folder
    raise WorkFailed("the templates of the site are missing from this installation; install vgg-atlas again.")


def template(name: str) -> Template:
    """Return the compiled template called `name`, from `templates_folder`."""
    return environment(templates_folder()).get_template(name)


@lru_cache(maxsize=4)
def environment(folder: Path) -> Environment:
    """Return the environment of a templates folder; a template that changes on disk is compiled again."""
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=True,
    )
