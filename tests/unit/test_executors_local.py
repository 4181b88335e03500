"""The local executors and what they share with the others, on work that is cheap and fails on demand."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import stand_in
from executor_cases import DEVICE, LAYER, SETTINGS, WORK, alive, by_filter, faulty, task, tasks, wait_for

from generator.errors import BadInput, BadWeights, WorkFailed
from generator.executors import make_executor
from generator.executors.devices import visible_gpus, worker_environments
from generator.executors.guard import guarded, told
from generator.executors.ledger import Ledger
from generator.executors.local import InProcess, Processes, ProcessPool
from generator.executors.prefetching import prefetched
from generator.recipes import LARGEST_BATCH
from generator.records import AscentResult, AscentTask, Fact, FilterFailure

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from generator.executors.protocol import Outcome


class TestChoosingAnExecutor:
    def test_a_wrong_name_is_refused_with_the_right_ones(self) -> None:
        with pytest.raises(BadInput, match=r"no executor 'rai'; use local or ray\. Did you mean 'ray'\?"):
            make_executor("rai", WORK)

    @pytest.mark.parametrize("workers", [0, -1])
    def test_less_than_one_worker_is_refused(self, workers: int) -> None:
        with pytest.raises(BadInput, match=f"workers {workers} will not do"):
            make_executor("local", WORK, workers=workers)

    def test_a_ray_address_without_ray_is_refused(self) -> None:
        with pytest.raises(BadInput, match="add --executor ray"):
            make_executor("local", WORK, ray_address="10.0.0.1:6379")

    @pytest.mark.parametrize("workers", [None, 1])
    def test_one_worker_is_this_process(self, workers: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
        assert isinstance(make_executor("local", WORK, workers=workers), InProcess)

    def test_several_gpus_get_a_process_each(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,5")
        executor = make_executor("local", WORK)
        assert isinstance(executor, Processes)
        assert [seen["CUDA_VISIBLE_DEVICES"] for seen in executor.environments] == ["2", "5"]

    def test_processes_share_the_memory(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
        one = make_executor("local", WORK).capacity()
        four = make_executor("local", WORK, workers=4).capacity()
        assert (one.workers, four.workers) == (1, 4)
        assert four.memory_bytes == pytest.approx(one.memory_bytes / 4, rel=0.2)


class TestDevices:
    @pytest.mark.parametrize(
        ("named", "seen"),
        [
            ("", ()),
            ("-1", ()),
            ("0", ("0",)),
            ("1, 3", ("1", "3")),
            ("0,-1,2", ("0",)),
            ("GPU-8f2a,MIG-1", ("GPU-8f2a", "MIG-1")),
        ],
    )
    def test_the_variable_is_read_as_cuda_reads_it(self, named: str, seen: tuple[str, ...]) -> None:
        assert visible_gpus({"CUDA_VISIBLE_DEVICES": named}) == seen

    def test_without_the_variable_the_driver_is_asked(self, tmp_path: Path) -> None:
        for bus in ("0000:17:00.0", "0000:65:00.0", "0000:ca:00.0"):
            (tmp_path / bus).mkdir()
        assert visible_gpus({}, tmp_path) == ("0", "1", "2")
        assert visible_gpus({}, tmp_path / "no-driver") == ()

    def test_workers_share_cores_evenly_and_gpus_in_turn(self) -> None:
        four = worker_environments(4, ("0", "1"), 16)
        assert [(each["CUDA_VISIBLE_DEVICES"], each["ATLAS_THREADS"]) for each in four] == [
            ("0", "4"),
            ("1", "4"),
            ("0", "4"),
            ("1", "4"),
        ]
        assert all(each["TF_FORCE_GPU_ALLOW_GROWTH"] == "true" for each in four)
        assert worker_environments(3, (), 2) == ({"ATLAS_THREADS": "1"},) * 3
        assert "TF_FORCE_GPU_ALLOW_GROWTH" not in worker_environments(2, ("0", "1"), 16)[0]


def told_errors(found: dict[int, Outcome]) -> dict[int, object]:
    failed = {number: outcome.error for number, outcome in found.items() if isinstance(outcome, FilterFailure)}
    assert {error.code for error in failed.values()} == {"raised"}
    return {number: error.named["error"] for number, error in failed.items()}


class TestGuardedWork:
    def test_an_error_fails_the_guilty_filter_in_one_sentence_and_the_rest_goes_on(self, tmp_path: Path) -> None:
        faulty(tmp_path, **{"raise": {0: "no", 3: "loss is NaN\nin step 3"}})
        found = by_filter(guarded(stand_in.compute, tasks(tmp_path, range(6))[0]))
        assert {number for number, outcome in found.items() if isinstance(outcome, AscentResult)} == {1, 2, 4, 5}
        assert told_errors(found) == {0: "ValueError: no", 3: "ValueError: loss is NaN in step 3"}
        tried = [(note["filter"], note["batch_size"]) for note in stand_in.attempts(tmp_path)]
        assert tried[:2] == [(0, LARGEST_BATCH), (0, 1)]
        assert tried[-1] == (5, LARGEST_BATCH)

    def test_work_that_fails_for_filter_after_filter_is_given_up_and_fails_no_more_of_them(
        self, tmp_path: Path
    ) -> None:
        faulty(tmp_path, **{"raise": dict.fromkeys(range(1, 9), "broken")})
        outcomes = guarded(stand_in.compute, tasks(tmp_path, range(9))[0])
        found = [next(outcomes) for _ in range(3)]
        with pytest.raises(
            WorkFailed, match="the work fails whatever the filter, so it was given up: ValueError: broken"
        ):
            next(outcomes)
        assert [type(outcome) for outcome in found] == [AscentResult, FilterFailure, FilterFailure]
        assert {note["filter"] for note in stand_in.attempts(tmp_path)} == {0, 1, 2, 3}

    def test_an_error_that_concerns_no_filter_ends_the_work_at_once(self) -> None:
        def without_weights(_: AscentTask) -> Iterator[AscentResult]:
            raise BadWeights("the ImageNet weights are not to be had.")
            yield

        with pytest.raises(BadWeights, match="are not to be had"):
            list(guarded(without_weights, task(*range(9))))

    def test_a_filter_left_out_is_a_failure(self, tmp_path: Path) -> None:
        faulty(tmp_path, skip={1: True})
        found = by_filter(guarded(stand_in.compute, tasks(tmp_path, range(3))[0]))
        assert found[1] == FilterFailure(LAYER, 1, SETTINGS, Fact.of("no_result"))

    def test_what_nobody_asked_for_is_not_passed_on(self) -> None:
        def generous(task: AscentTask) -> Iterator[AscentResult]:
            yield stand_in.picture("block1_conv2", 0, task.settings)
            for number in (63, 0, 0, 1, 1):
                yield stand_in.picture(LAYER, number, task.settings)

        found = list(guarded(generous, task(0, 1)))
        assert [(type(outcome), outcome.layer, outcome.filter) for outcome in found] == [
            (AscentResult, LAYER, 0),
            (AscentResult, LAYER, 1),
        ]

    @pytest.mark.parametrize(("batch", "tried"), [(8, [8, 4, 2]), (LARGEST_BATCH, [LARGEST_BATCH, 4, 2])])
    def test_out_of_memory_is_met_with_half_the_batch(self, tmp_path: Path, batch: int, tried: list[int]) -> None:
        faulty(tmp_path, memory={0: 2})
        found = by_filter(guarded(stand_in.compute, replace(tasks(tmp_path, range(8))[0], batch_size=batch)))
        assert len(found) == 8
        assert all(isinstance(outcome, AscentResult) for outcome in found.values())
        assert [note["batch_size"] for note in stand_in.attempts(tmp_path) if note["filter"] == 0] == tried

    def test_out_of_memory_for_a_single_filter_is_a_failure(self, tmp_path: Path) -> None:
        faulty(tmp_path, memory={1: 0})
        found = by_filter(guarded(stand_in.compute, replace(tasks(tmp_path, range(4))[0], batch_size=4)))
        assert told_errors(found) == {1: "with a single filter at a time, out of memory (OOM when allocating tensor)."}
        assert all(isinstance(found[number], AscentResult) for number in (0, 2, 3))

    def test_an_interrupt_is_no_failure(self) -> None:
        def interrupted(_: AscentTask) -> Iterator[AscentResult]:
            raise KeyboardInterrupt
            yield

        with pytest.raises(KeyboardInterrupt):
            list(guarded(interrupted, task(0)))

    def test_an_error_is_told_in_a_line_of_sane_length(self) -> None:
        assert told(ValueError("x" * 10_000)) == "ValueError: " + "x" * 297 + "..."
        assert told(BadInput("no such layer.")) == "no such layer."
        assert told(KeyError()) == "KeyError."


class TestTheLedger:
    def test_three_losses_fail_a_filter_by_name(self) -> None:
        ledger = Ledger.of([task(4)])
        for _ in range(2):
            assert ledger.lose(ledger.take(), "was killed") == ()
        failures = ledger.lose(ledger.take(), "was killed by SIGKILL")
        assert [(failure.filter, failure.error) for failure in failures] == [
            (4, Fact.of("workers_lost", count=3, reason="was killed by SIGKILL"))
        ]
        assert not ledger.open

    def test_after_each_loss_the_suspects_are_fewer(self) -> None:
        ledger = Ledger.of([task(*range(10), batch_size=4), task(10)])
        ledger.fill(2)
        job = ledger.take()
        assert ledger.settle(job, stand_in.picture(LAYER, 1, SETTINGS))
        assert not ledger.settle(job, stand_in.picture(LAYER, 1, SETTINGS))
        ledger.lose(job, "was killed")
        assert [tuple(waiting.left) for waiting in ledger.waiting] == [(0, 2, 3, 4), (5, 6, 7, 8, 9), (10,)]
        job = ledger.take()
        ledger.settle(job, stand_in.picture(LAYER, 0, SETTINGS))
        ledger.lose(job, "was killed")
        assert [tuple(waiting.left) for waiting in ledger.waiting] == [(2,), (3,), (4,), (5, 6, 7, 8, 9), (10,)]
        assert [failure.filter for failure in ledger.lose(ledger.take(), "was killed")] == [2]
        assert [waiting.lost for waiting in ledger.waiting] == [2, 2, 0, 0]
        assert ledger.take().remainder() == task(3, batch_size=4)

    def test_when_every_task_kills_its_workers_the_run_is_given_up(self) -> None:
        ledger = Ledger.of([task(number) for number in range(9)])
        for _ in range(11):
            ledger.lose(ledger.take(), "was killed by SIGSEGV")
        with pytest.raises(WorkFailed, match="worker after worker was lost"):
            ledger.lose(ledger.take(), "was killed by SIGSEGV")

    def test_tasks_are_taken_only_when_they_can_soon_be_handed_out(self) -> None:
        taken: list[int] = []
        ledger = Ledger.of(taken.append(number) or task(number) for number in range(9))
        assert ledger.open
        ledger.fill(2)
        assert taken == [0, 1]
        assert [ledger.take().remainder().filters for _ in range(3)] == [(0,), (1,), (2,)]
        assert taken == [0, 1, 2]

    def test_a_finished_filter_in_between_forgives_earlier_losses(self) -> None:
        ledger = Ledger.of([task(number) for number in range(9)])
        for number in range(9):
            for _ in range(2):
                ledger.lose(ledger.take(), "was killed")
            job = ledger.take()
            if number % 3 == 2:
                ledger.settle(job, stand_in.picture(LAYER, number, SETTINGS))
                ledger.finish(job)
            else:
                assert len(ledger.lose(job, "was killed")) == 1
        assert not ledger.open


class TestRunningAhead:
    def test_the_source_runs_on_while_the_consumer_is_busy_up_to_its_limit(self) -> None:
        made: list[int] = []

        def source(_: threading.Event) -> Generator[int, None, None]:
            for number in range(10):
                made.append(number)
                yield number

        with closing(prefetched(source, ready=3)) as items:
            assert next(items) == 0
            wait_for(lambda: len(made) == 5)
            time.sleep(0.1)
            assert len(made) == 5
            assert list(items) == list(range(1, 10))

    def test_an_error_of_the_source_comes_after_its_items(self) -> None:
        def source(_: threading.Event) -> Generator[int, None, None]:
            yield 1
            raise WorkFailed("no more.")

        items = prefetched(source)
        assert next(items) == 1
        with pytest.raises(WorkFailed, match="no more"):
            next(items)

    def test_closing_stops_the_source_and_waits_for_it(self) -> None:
        ended = threading.Event()

        def source(stop: threading.Event) -> Generator[int, None, None]:
            try:
                while not stop.is_set():
                    yield 1
            finally:
                ended.set()

        items = prefetched(source)
        next(items)
        items.close()
        assert ended.is_set()


class TestInThisProcess:
    def test_every_filter_comes_once_and_in_order(self, tmp_path: Path) -> None:
        outcomes = list(make_executor("local", WORK).run(tasks(tmp_path, (3, 1), (), (2,))))
        assert [outcome.filter for outcome in outcomes] == [3, 1, 2]
        assert {note["pid"] for note in stand_in.attempts(tmp_path)} == {os.getpid()}

    def test_a_failed_task_does_not_stop_the_next(self, tmp_path: Path) -> None:
        faulty(tmp_path, **{"raise": {0: "broken"}})
        found = by_filter(make_executor("local", WORK).run(tasks(tmp_path, (0, 1), (2,))))
        assert [type(found[number]) for number in range(3)] == [FilterFailure, AscentResult, AscentResult]

    def test_work_that_cannot_be_imported_is_told_at_once(self) -> None:
        with pytest.raises(WorkFailed, match=r"nowhere:at_all cannot be imported \(No module named 'nowhere'\)"):
            list(make_executor("local", "nowhere:at_all").run(tasks(Path(), (0,))))

    def test_tensors_given_reach_the_work(self, tmp_path: Path) -> None:
        tensors = {"a/kernel": np.ones((2, 3), np.float32)}
        list(make_executor("local", WORK, tensors=tensors).run(tasks(tmp_path, (0,))))
        assert stand_in.attempts(tmp_path)[0]["tensors"] == {"a/kernel": 6.0}


@pytest.mark.parametrize(("workers", "answer"), [(1, "float32"), (2, "bfloat16")])
def test_a_question_is_answered_where_the_work_runs(workers: int, answer: str) -> None:
    with closing(make_executor("local", WORK, workers=workers)) as executor:
        assert executor.ask(DEVICE).precision == answer


@pytest.mark.parametrize("workers", [1, 2])
def test_a_question_that_cannot_be_answered_ends_the_work(workers: int) -> None:
    executor = make_executor("local", WORK, workers=workers)
    with pytest.raises(WorkFailed, match=r"no worker can be started: .*nowhere:at_all cannot be imported"):
        executor.ask("nowhere:at_all")
    with pytest.raises(WorkFailed, match=r"no worker can be started: out of memory \(the device is full\)"):
        executor.ask("stand_in:full_device")


def test_a_worker_that_dies_over_a_question_is_told() -> None:
    with pytest.raises(WorkFailed, match="no worker can be started: "):
        make_executor("local", WORK, workers=2).ask("os:abort")


class TestInProcesses:
    def test_two_processes_give_what_this_process_gives(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
        faulty(tmp_path, sleep={-1: 0.05})
        tensors = MappingProxyType({"a/kernel": np.ones((2, 3), np.float32)})
        found = by_filter(
            make_executor("local", WORK, tensors=tensors).run(tasks(tmp_path, *([n, n + 1] for n in range(0, 24, 2))))
        )
        for number in range(24):
            expected = stand_in.picture(LAYER, number, SETTINGS)
            outcome = found[number]
            assert isinstance(outcome, AscentResult)
            np.testing.assert_array_equal(outcome.image, expected.image)
            np.testing.assert_array_equal(outcome.cross, expected.cross)
            assert outcome.settings == SETTINGS
        notes = stand_in.attempts(tmp_path)
        assert len(notes) == 24
        processes = {(note["pid"], note["gpus"]) for note in notes}
        assert len(processes) == 2
        assert {gpu for _, gpu in processes} == {"0", "1"}
        assert os.getpid() not in {pid for pid, _ in processes}
        assert {note["threads"] for note in notes} == {str(max(1, len(os.sched_getaffinity(0)) // 2))}
        assert all(note["tensors"] == {"a/kernel": 6.0} for note in notes)

    def test_a_killed_worker_costs_nothing_that_was_yielded(self, tmp_path: Path) -> None:
        faulty(tmp_path, kill={2: 1, 7: 2})
        found = by_filter(make_executor("local", WORK, workers=2).run(tasks(tmp_path, range(5), range(5, 9))))
        assert sorted(found) == list(range(9))
        assert all(isinstance(outcome, AscentResult) for outcome in found.values())
        tried = [note["filter"] for note in stand_in.attempts(tmp_path)]
        assert {number: tried.count(number) for number in range(9)} == dict.fromkeys(range(9), 1) | {2: 2, 7: 3}

    def test_a_filter_that_kills_three_workers_fails_by_name_and_the_rest_goes_on(self, tmp_path: Path) -> None:
        faulty(tmp_path, kill={1: 99})
        found = by_filter(make_executor("local", WORK, workers=2).run(tasks(tmp_path, (0, 1, 2), (3,), (4,))))
        assert {number for number, outcome in found.items() if isinstance(outcome, FilterFailure)} == {1}
        assert (found[1].error.code, found[1].error.named["count"]) == ("workers_lost", 3)
        assert str(found[1].error.named["reason"]).startswith("was killed by SIGKILL")
        assert [note["filter"] for note in stand_in.attempts(tmp_path)].count(1) == 3

    def test_workers_are_replaced_after_some_tasks(self, tmp_path: Path) -> None:
        executor = Processes(WORK, ({},), tasks_per_worker=2)
        assert len(by_filter(executor.run(tasks(tmp_path, *([number] for number in range(5)))))) == 5
        pids = [note["pid"] for note in stand_in.attempts(tmp_path)]
        assert [pids.count(pid) for pid in dict.fromkeys(pids)] == [2, 2, 1]

    def test_work_that_no_worker_can_import_ends_the_run(self) -> None:
        with pytest.raises(WorkFailed, match=r"no worker can be started: .*nowhere:at_all cannot be imported"):
            list(make_executor("local", "nowhere:at_all", workers=2).run(tasks(Path(), (0,), (1,))))

    def test_closing_the_iterator_ends_the_workers_in_the_middle_of_their_work(self, tmp_path: Path) -> None:
        faulty(tmp_path, sleep={1: 60, 3: 60})
        outcomes = make_executor("local", WORK, workers=2).run(tasks(tmp_path, (0, 1), (2, 3)))
        assert {next(outcomes).filter for _ in range(2)} == {0, 2}
        wait_for(lambda: len(stand_in.attempts(tmp_path)) == 4)
        pids = {note["pid"] for note in stand_in.attempts(tmp_path)}
        started = time.monotonic()
        outcomes.close()
        assert time.monotonic() - started < 5
        assert len(pids) == 2
        assert not any(alive(pid) for pid in pids)

    def test_a_system_without_room_for_another_process_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(_: object) -> None:
            raise BlockingIOError(11, "Resource temporarily unavailable")

        monkeypatch.setattr("multiprocessing.context.SpawnProcess.start", refuse)
        with pytest.raises(WorkFailed, match=r"no worker can be started: .*Resource temporarily unavailable"):
            list(make_executor("local", WORK, workers=2).run(tasks(Path(), (0,), (1,))))

    def test_no_more_workers_start_than_there_are_tasks(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        started: list[int] = []
        start = ProcessPool.start
        monkeypatch.setattr(ProcessPool, "start", lambda pool: started.append(1) or start(pool))
        assert len(by_filter(Processes(WORK, ({},) * 8).run(tasks(tmp_path, (0,), (1,))))) == 2
        assert len(started) == 2


DRIVER = """
import sys
from pathlib import Path
from generator.executors import make_executor
from generator.recipes import RECIPES
from generator.records import AscentTask, EditionRecord

if __name__ == "__main__":
    settings = RECIPES["draft"].settings_for("block1_conv1")
    edition = EditionRecord("draft", "draft", "ab" * 32, "ImageNet weights")
    work = [AscentTask("block1_conv1", (number,), settings, edition, weights=sys.argv[1]) for number in range(4)]
    try:
        for outcome in make_executor("local", "stand_in:compute", workers=2).run(work):
            print(outcome.filter, flush=True)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


class TestTheProgramEnds:
    @pytest.fixture
    def driver(self, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
        faulty(tmp_path, sleep={2: 60, 3: 60})
        script = tmp_path / "driver.py"
        script.write_text(DRIVER, encoding="utf-8")
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        command = [sys.executable, str(script), str(tmp_path)]
        with subprocess.Popen(command, env=environment, start_new_session=True, **pipes) as process:
            yield process
            process.kill()

    def workers(self, tmp_path: Path) -> set[int]:
        wait_for(lambda: len(stand_in.attempts(tmp_path)) == 4)
        return {note["pid"] for note in stand_in.attempts(tmp_path)}

    def test_an_interrupt_from_the_terminal_ends_it_without_a_word_from_the_workers(
        self, tmp_path: Path, driver: subprocess.Popen[str]
    ) -> None:
        workers = self.workers(tmp_path)
        assert driver.stdout is not None
        assert {driver.stdout.readline().strip() for _ in range(2)} == {"0", "1"}
        os.killpg(driver.pid, signal.SIGINT)
        assert driver.communicate(timeout=20) == ("interrupted\n", "")
        assert not any(alive(pid) for pid in workers)

    def test_workers_end_when_it_is_killed(self, tmp_path: Path, driver: subprocess.Popen[str]) -> None:
        workers = self.workers(tmp_path)
        driver.kill()
        driver.wait()
        wait_for(lambda: not any(alive(pid) for pid in workers))
        assert len(workers) == 2
