"""The disk fails at the n-th call, or the program is killed there, for every n: the site stays whole."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from site_cases import is_whole, published, visible

from generator.errors import WorkFailed
from generator.publish.site import open_site
from generator.publish.staging import STAGING

if TYPE_CHECKING:
    from collections.abc import Callable

# Each page is the list of what it links to.
OLD: Final = {
    "a/b.html": b"index.html gone/c.html same.css",
    "gone/c.html": b"a/b.html old.css",
    "old.css": b"",
    "same.css": b"",
    "index.html": b"a/b.html gone/c.html old.css",
}
NEW: Final = {
    "a/b.html": b"index.html d/e/f.html new.css",
    "d/e/f.html": b"index.html d/g.html a/b.html same.css",
    "d/g.html": b"d/e/f.html",
    "new.css": b"",
    "same.css": b"",
    "index.html": b"a/b.html d/g.html new.css",
}
CALLS: Final = ("write_bytes", "write_text", "replace", "mkdir", "unlink", "rmdir")
MOST: Final = 80


class Killed(BaseException):
    """Stands for SIGKILL: nothing of ours runs after it."""


class Disk:
    """Fails at the n-th call that changes the disk; `dead` makes every later call fail too."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, fails_at: int, trouble: Callable[[], BaseException], *, dead: bool
    ) -> None:
        self.calls = 0
        for name in CALLS:
            real = getattr(Path, name)

            def call(path: Path, *args: Any, real: Any = real, **kwargs: Any) -> Any:
                self.calls += 1
                if self.calls == fails_at or (dead and self.calls > fails_at):
                    raise trouble()
                return real(path, *args, **kwargs)

            monkeypatch.setattr(Path, name, call)


def dead_links(folder: Path) -> set[str]:
    """Return what can be clicked on from the index and is not there; without an index there is nothing to click on."""
    files = visible(folder)
    reached: set[str] = set()
    waiting = ["index.html"] if "index.html" in files else []
    while waiting:
        address = waiting.pop()
        if address not in reached:
            reached.add(address)
            waiting += files.get(address, b"").decode().split()
    return reached - files.keys()


def error(number: int) -> Callable[[], BaseException]:
    return lambda: OSError(number, os.strerror(number))


@pytest.mark.parametrize(
    ("trouble", "dead"),
    [
        (error(errno.ENOSPC), False),
        (error(errno.EACCES), True),
        (Killed, True),
    ],
    ids=["full once", "forbidden for good", "killed"],
)
def test_whatever_call_fails_the_old_site_is_whole_or_the_new_one(
    trouble: Callable[[], BaseException], *, dead: bool, tmp_path: Path
) -> None:
    failures = 0
    for fails_at in range(1, MOST):
        folder = tmp_path / str(fails_at)
        published(folder, OLD)
        with pytest.MonkeyPatch.context() as patched:
            disk = Disk(patched, fails_at, trouble, dead=dead)
            try:
                published(folder, NEW)
            except (WorkFailed, Killed):
                failures += 1
        if disk.calls < fails_at:
            break
        assert not dead_links(folder), f"after a failure at call {fails_at}"
        back = shutil.copytree(folder, tmp_path / f"{fails_at} back")
        published(back, OLD)
        assert visible(back) == OLD, f"after a failure at call {fails_at}"
        assert is_whole(back)
        with open_site(folder):
            pass
        assert visible(folder) in (OLD, NEW), f"after a failure at call {fails_at}"
        assert is_whole(folder)
        published(folder, NEW)
        assert visible(folder) == NEW
        assert is_whole(folder)
        assert not (folder / STAGING).exists()
    assert 10 < failures <= fails_at < MOST - 1


def test_a_first_publication_that_fails_leaves_a_folder_that_the_next_one_takes(tmp_path: Path) -> None:
    for fails_at in range(1, MOST):
        folder = tmp_path / str(fails_at)
        with pytest.MonkeyPatch.context() as patched:
            disk = Disk(patched, fails_at, Killed, dead=True)
            with contextlib.suppress(Killed):
                published(folder, NEW)
        assert not dead_links(folder), f"after a failure at call {fails_at}"
        published(folder, NEW)
        assert visible(folder) == NEW
        if disk.calls < fails_at:
            break
    assert fails_at < MOST - 1
