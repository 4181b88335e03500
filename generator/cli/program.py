"""The program around the commands: what reaches the user when things go wrong, and the exit code.

0 done; 1 some of the work failed; 2 wrong usage or bad input; 130 interrupted.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import traceback
import warnings
from typing import TYPE_CHECKING, Final, NoReturn

import typer

from generator.cli.questions import app
from generator.cli.show import printable
from generator.errors import AtlasError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

NAME: Final = "atlas"
FAILED: Final = 1
WRONG_USAGE: Final = 2
INTERRUPTED: Final = 130
_DEBUG: Final = "--debug"


def main() -> NoReturn:
    """Run the command line of this process and leave with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; an error is one sentence on stderr, a traceback only on demand."""
    debug = _DEBUG in arguments
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal cannot show must not end the program.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    with warnings.catch_warnings(), _terminated_as_interrupted():
        if not debug and not sys.warnoptions:
            warnings.simplefilter("ignore")
        try:
            return _run([word for word in arguments if word != _DEBUG])
        except BrokenPipeError:
            # Whoever read our output has seen enough. Python would complain once more when it flushes at the end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return FAILED
        except Exception as error:  # noqa: BLE001  # the last guard: nobody shall meet a traceback unasked
            if debug:
                traceback.print_exc()
            sentence, code = _told(error)
            _say(sentence)
            return code


def _run(arguments: Sequence[str]) -> int:
    code = app(list(arguments), prog_name=NAME, standalone_mode=False)
    sys.stdout.flush()
    if code == INTERRUPTED:
        _say("interrupted; what was finished is kept, and the same command goes on from there.")
    return int(code or 0)


def _told(error: Exception) -> tuple[str, int]:
    match error:
        case AtlasError():
            return str(error), error.exit_code
        case typer.TyperException():
            path = getattr(getattr(error, "ctx", None), "command_path", NAME)
            said = error.format_message()
            return f"{said}{'' if said.endswith(('.', '?')) else '.'} See {path} --help.", WRONG_USAGE
        case typer.Abort():
            return "given up.", FAILED
        case OSError():
            place = f": {error.filename!r}" if error.filename else ""
            return f"the system refused ({error.strerror or error}{place}).", FAILED
        case MemoryError():
            return "the machine has too little memory for this; try a smaller --batch-size.", FAILED
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return f"something unforeseen went wrong ({said}); {_DEBUG} shows where.", FAILED


def _say(sentence: str) -> None:
    """Write one line to stderr, control characters made visible."""
    with contextlib.suppress(OSError, ValueError):
        print(f"{NAME}: {printable(' '.join(sentence.split()))}", file=sys.stderr)


@contextlib.contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """Treat a polite end (SIGTERM) like Ctrl-C, so that finished work is stored and workers are sent home."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
