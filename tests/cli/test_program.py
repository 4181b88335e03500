from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from generator import __version__
from generator.cli import program, run
from generator.errors import BadInput, DamagedPicture, WorkFailed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ATLAS = [sys.executable, "-m", "generator"]


def raising(error: BaseException) -> Callable[..., int]:
    def app(*_arguments: object, **_how: object) -> int:
        raise error

    return app


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (BadInput("steps '0' will not do."), 2, "steps '0' will not do."),
        (WorkFailed("the disk is full."), 1, "the disk is full."),
        (DamagedPicture("the picture is empty."), 1, "the picture is empty."),
        (BadInput("two\nlines\x1b[2J"), 2, "two lines\\x1b[2J"),
        (PermissionError(13, "Permission denied", "x/y"), 1, "the system refused (Permission denied: 'x/y')."),
        (OSError("no space"), 1, "the system refused (no space)."),
        (MemoryError(), 1, "the machine has too little memory for this; try a smaller --batch-size."),
        (KeyError("x"), 1, "something unforeseen went wrong (KeyError: 'x'); --debug shows where."),
        (RecursionError(), 1, "something unforeseen went wrong (RecursionError); --debug shows where."),
    ],
)
def test_an_error_is_one_sentence_and_an_exit_code(
    error: Exception, code: int, sentence: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(program, "app", raising(error))
    assert run([]) == code
    assert capsys.readouterr() == ("", f"atlas: {sentence}\n")


@pytest.mark.parametrize("arguments", [["--debug", "weights"], ["weights", "--debug"]])
def test_a_traceback_is_shown_on_demand_wherever_the_option_stands(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("generator.workflows.weights.weights_report", raising(BadInput("no.")))
    assert run(arguments) == 2
    shown = capsys.readouterr().err
    assert "Traceback (most recent call last)" in shown
    assert shown.endswith("atlas: no.\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["buld"], "No such command 'buld'. Did you mean 'build'? See atlas --help."),
        (["--lyer"], "No such option: --lyer. See atlas --help."),
        (
            ["build", "--lyer", "x"],
            "No such option: --lyer (Possible options: --filters, --layer). See atlas build --help.",
        ),
        (["build", "--layer"], "Option '--layer' requires an argument. See atlas --help."),
        (["status", "extra"], "Got unexpected extra argument(s) (extra). See atlas status --help."),
        (["serve", "--port", "65536"], "Invalid value for '--port'"),
        (["export", "--format", "xml"], "Invalid value for '--format'"),
        (["build", "--executor", "spark"], "Invalid value for '--executor'"),
        (["build", "--batch-size", "0"], "Invalid value for '--batch-size'"),
        (["build", "--workers", "many"], "Invalid value for '--workers'"),
        (
            ["build", "--layer", "block9_conv1"],
            "VGG16 has no convolution layer 'block9_conv1'; the layers are block1_conv1",
        ),
        (["build", "--filters", "9-3"], "filters '9-3' will not do: 9-3 runs backwards"),
        (["weights", "--weights", "absent.h5"], "there is no weights file 'absent.h5'"),
    ],
)
def test_wrong_usage_is_one_sentence_that_names_the_value(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"atlas: {sentence}")
    assert err.count("\n") == 1


def test_an_interruption_has_its_own_exit_code_and_comforts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("generator.workflows.weights.weights_report", raising(KeyboardInterrupt()))
    assert run(["weights"]) == 130
    assert capsys.readouterr().err.startswith("atlas: interrupted; what was finished is kept")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_process_ends_politely_when_it_is_asked_to(number: signal.Signals) -> None:
    waiting = (
        "import sys, time, generator.workflows.weights as w\n"
        "def wait(_):\n    print('ready', flush=True)\n    time.sleep(60)\n"
        "w.weights_report = wait\n"
        "from generator.cli import run\n"
        "sys.exit(run(['weights']))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", waiting], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.wait(timeout=30) == 130
        told = process.stderr.read()
    assert told.startswith("atlas: interrupted")
    assert told.count("\n") == 1


def test_the_handler_of_the_signal_is_put_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    assert run(["--version"]) == 0
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_reader_that_leaves_early_is_no_reason_to_complain() -> None:
    with subprocess.Popen([*ATLAS, "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=30) == 1


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_names_that_the_terminal_cannot_show_do_not_end_the_program(locale: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [*ATLAS, "weights", "--weights", b"gr\xc3\xb6\xc3\x9fe-\xff.h5"],
        capture_output=True,
        cwd=tmp_path,
        env={**os.environ, "LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONIOENCODING": ""},
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr.startswith(b"atlas: there is no weights file")
    assert b"Traceback" not in done.stderr


def test_the_module_is_the_same_program() -> None:
    done = subprocess.run([*ATLAS, "--version"], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == (f"atlas {__version__}\n", "")


def test_without_a_command_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 0
    alone = capsys.readouterr().out
    assert run(["--help"]) == 0
    assert capsys.readouterr().out == alone


def test_the_program_starts_without_the_heavy_libraries() -> None:
    heavy = {"tensorflow", "keras", "matplotlib", "jinja2", "h5py", "PIL", "numpy", "sqlite3", "ray", "rich"}
    code = (
        f"import sys; from generator.cli import run; run(['--help']); sys.exit(str(sorted({heavy} & set(sys.modules))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == "[]"
