"""Real Ray on this machine: workers and nodes are killed, drivers die, and every filter still comes exactly once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import driver
import numpy as np
import pytest
import ray
import stand_in
from executor_cases import LAYER, SETTINGS, WORK, alive, by_filter, faulty, tasks, wait_for
from ray.cluster_utils import Cluster

from generator.errors import BadInput, WorkFailed
from generator.executors import make_executor
from generator.executors.cluster_shares import Node, Share, shared_out
from generator.executors.on_ray import RayExecutor, RayPool
from generator.records import AscentResult, Fact, FilterFailure

if TYPE_CHECKING:
    from collections.abc import Iterator


TENSORS = {"block1_conv1/kernel": np.full((3, 3, 3, 64), 0.5, np.float32), "block1_conv1/bias": np.ones(64, np.float32)}
SUMS = {"block1_conv1/kernel": 864.0, "block1_conv1/bias": 64.0}
WORKERS_FOLDER = str(Path(stand_in.__file__).parent)
OBJECT_STORE_BYTES = 100 * 2**20


def counts(folder: Path) -> dict[int, int]:
    tried = [note["filter"] for note in stand_in.attempts(folder)]
    return {number: tried.count(number) for number in sorted(set(tried))}


@contextmanager
def importable_work() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", WORKERS_FOLDER)
        yield


@contextmanager
def cluster_of(*nodes: dict[str, int]) -> Iterator[tuple[Cluster, list[Any]]]:
    """Simulate a cluster whose head computes nothing, with `nodes` beside it."""
    with importable_work():
        head = {"num_cpus": 0, "object_store_memory": OBJECT_STORE_BYTES, "include_dashboard": False}
        cluster = Cluster(initialize_head=True, head_node_args=head)
        try:
            added = [cluster.add_node(object_store_memory=OBJECT_STORE_BYTES, **node) for node in nodes]
            yield cluster, added
        finally:
            cluster.shutdown()


@pytest.fixture(scope="class")
def executor() -> Iterator[RayExecutor]:
    with importable_work(), closing(RayExecutor(WORK, workers=2, tensors=TENSORS)) as made:
        yield made
    assert not ray.is_initialized()


class TestOnALocalCluster:
    def test_two_workers_give_what_this_process_gives(self, tmp_path: Path, executor: RayExecutor) -> None:
        faulty(tmp_path, sleep={-1: 0.05})
        found = by_filter(executor.run(tasks(tmp_path, *([number, number + 1] for number in range(0, 24, 2)))))
        for number in range(24):
            expected = stand_in.picture(LAYER, number, SETTINGS)
            outcome = found[number]
            assert isinstance(outcome, AscentResult)
            np.testing.assert_array_equal(outcome.image, expected.image)
            np.testing.assert_array_equal(outcome.cross, expected.cross)
            assert outcome.settings == SETTINGS
        notes = stand_in.attempts(tmp_path)
        assert len(notes) == 24
        assert len({note["pid"] for note in notes}) == 2
        assert {note["threads"] for note in notes} == {str(max(1, (os.cpu_count() or 1) // 2))}
        assert all(note["tensors"] == SUMS for note in notes)

    def test_a_question_is_answered_by_a_worker(self, executor: RayExecutor) -> None:
        os.environ.pop("ATLAS_THREADS", None)
        assert int(executor.ask("stand_in:threads")) >= 1
        with pytest.raises(WorkFailed, match="nowhere:at_all cannot be imported"):
            executor.ask("nowhere:at_all")

    def test_a_killed_worker_costs_nothing_that_was_yielded(self, tmp_path: Path, executor: RayExecutor) -> None:
        # The pause lets what was finished before the kill arrive: what is lost on the way is rightly made again.
        faulty(tmp_path, kill={2: 1, 7: 2}, sleep={2: 1, 7: 1})
        found = by_filter(executor.run(tasks(tmp_path, range(5), range(5, 9))))
        assert sorted(found) == list(range(9))
        assert all(isinstance(outcome, AscentResult) for outcome in found.values())
        assert counts(tmp_path) == dict.fromkeys(range(9), 1) | {2: 2, 7: 3}

    def test_a_filter_that_kills_three_workers_fails_by_name_and_the_rest_goes_on(
        self, tmp_path: Path, executor: RayExecutor, capfd: pytest.CaptureFixture[str]
    ) -> None:
        faulty(tmp_path, kill={1: 99}, **{"raise": {4: "the loss became NaN"}})
        found = by_filter(executor.run(tasks(tmp_path, (0, 1, 2), (3,), (4,))))
        failed = {number: outcome.error for number, outcome in found.items() if isinstance(outcome, FilterFailure)}
        lost = Fact.of("workers_lost", count=3, reason="died on the Ray cluster (ActorDiedError)")
        assert failed == {1: lost, 4: Fact.of("raised", error="ValueError: the loss became NaN")}
        assert counts(tmp_path)[1] == 3
        assert capfd.readouterr() == ("", "")

    def test_closing_the_iterator_ends_the_workers_in_the_middle_of_their_work(
        self, tmp_path: Path, executor: RayExecutor
    ) -> None:
        faulty(tmp_path, sleep={1: 60, 3: 60})
        outcomes = executor.run(tasks(tmp_path, (0, 1), (2, 3)))
        assert {next(outcomes).filter for _ in range(2)} == {0, 2}
        wait_for(lambda: len(stand_in.attempts(tmp_path)) == 4)
        outcomes.close()
        wait_for(lambda: not any(alive(note["pid"]) for note in stand_in.attempts(tmp_path)))

    def test_weights_that_arrive_damaged_are_not_used(
        self, tmp_path: Path, executor: RayExecutor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        start = RayPool.start

        def start_with_another_digest(pool: RayPool) -> int:
            pool._digest = "0" * 64
            return start(pool)

        monkeypatch.setattr(RayPool, "start", start_with_another_digest)
        with pytest.raises(WorkFailed, match="the weights did not arrive at a worker as they were sent"):
            list(executor.run(tasks(tmp_path, (0,), (1,))))
        assert stand_in.attempts(tmp_path) == []

    def test_a_cluster_too_small_for_the_workers_is_told(self, executor: RayExecutor) -> None:
        assert executor.capacity().workers == 2
        with (
            closing(RayExecutor(WORK, 10_000)) as greedy,
            pytest.raises(BadInput, match=r"has \d+ cores, too few for 10000 workers"),
        ):
            greedy.capacity()


def test_a_node_that_is_removed_costs_only_what_was_under_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Ray's workers look in the folder of the driver first, where the package's sources may lie.
    monkeypatch.chdir(tmp_path)
    faulty(tmp_path, sleep={-1: 0.2})
    with cluster_of({"num_cpus": 1}, {"num_cpus": 1}) as (cluster, (kept, doomed)), ExitStack() as stack:
        executor = stack.enter_context(
            closing(make_executor("ray", WORK, ray_address=cluster.address, tensors=TENSORS))
        )
        assert executor.capacity().workers == 2
        outcomes = stack.enter_context(
            closing(executor.run(tasks(tmp_path, *(range(at, at + 6) for at in range(0, 30, 6)))))
        )
        yielded = [next(outcomes)]
        wait_for(lambda: len({note["node"] for note in stand_in.attempts(tmp_path)}) == 2)
        yielded += [next(outcomes) for _ in range(6)]
        before = {outcome.filter for outcome in yielded}
        cluster.remove_node(doomed, allow_graceful=False)
        found = by_filter([*yielded, *outcomes])
    assert sorted(found) == list(range(30))
    assert all(isinstance(outcome, AscentResult) for outcome in found.values())
    tried = counts(tmp_path)
    again = {number for number, times in tried.items() if times > 1}
    assert not again & before
    assert again
    notes = stand_in.attempts(tmp_path)
    assert again <= {note["filter"] for note in notes if note["node"] == doomed.node_id}
    assert notes[-1]["node"] == kept.node_id
    assert all(note["tensors"] == SUMS for note in notes)
    assert all("py_modules" in note["package"] for note in notes), "the package of the driver is sent to the nodes"


def test_each_worker_sees_one_gpu_of_its_own_for_all_its_life(tmp_path: Path) -> None:
    # What is left after the kill takes longer than a worker takes to start, on a slow machine too.
    faulty(tmp_path, sleep=dict.fromkeys(range(12, 24), 1.5), kill={9: 1})
    with (
        cluster_of({"num_cpus": 4, "num_gpus": 2}) as (cluster, _),
        closing(make_executor("ray", WORK, ray_address=cluster.address)) as executor,
    ):
        capacity = executor.capacity()
        assert capacity.workers == 2
        found = by_filter(executor.run(tasks(tmp_path, *(range(at, at + 3) for at in range(0, 24, 3)))))
    assert sorted(found) == list(range(24))
    notes = stand_in.attempts(tmp_path)
    gpus_of: dict[int, set[str]] = {}
    for note in notes:
        gpus_of.setdefault(note["pid"], set()).add(note["gpus"])
    assert len(gpus_of) == 3, "two workers, and one in the place of the killed one"
    assert {frozenset(gpus) for gpus in gpus_of.values()} == {frozenset({"0"}), frozenset({"1"})}
    lives = {
        pid: (min(times), max(times), gpus)
        for pid, gpus in gpus_of.items()
        for times in [[note["time_ns"] for note in notes if note["pid"] == pid]]
    }
    for pid, (born, died, gpus) in lives.items():
        for other, (born_other, died_other, gpus_other) in lives.items():
            overlap = pid != other and born <= died_other and born_other <= died
            assert not (overlap and gpus == gpus_other), "two workers at once on one GPU"


class TestADriverThatEnds:
    @contextmanager
    def started(self, folder: Path) -> Iterator[subprocess.Popen[str]]:
        command = [sys.executable, driver.__file__, str(folder), "ray"]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        with subprocess.Popen(command, env=environment, start_new_session=True, **pipes) as process:
            try:
                yield process
            finally:
                process.kill()

    def test_what_a_killed_driver_stored_is_kept_and_not_computed_again(self, tmp_path: Path) -> None:
        faulty(tmp_path, sleep={-1: 0.25})
        with self.started(tmp_path) as process:
            wait_for(lambda: len(driver.stored(tmp_path)) >= 4, 60)
            process.kill()
            process.communicate()
        kept = driver.stored(tmp_path)
        assert 4 <= len(kept) < driver.FILTERS
        wait_for(lambda: not any(alive(note["pid"]) for note in stand_in.attempts(tmp_path)))
        earlier = counts(tmp_path)
        with self.started(tmp_path) as process:
            out, err = process.communicate(timeout=60)
        assert err == ""
        assert sorted(map(int, out.split())) == sorted(set(range(driver.FILTERS)) - kept)
        assert driver.stored(tmp_path) == set(range(driver.FILTERS))
        later = counts(tmp_path)
        assert {number: later[number] for number in kept} == {number: earlier[number] for number in kept}

    def test_an_interrupt_from_the_terminal_ends_everything_without_a_word_from_ray(self, tmp_path: Path) -> None:
        faulty(tmp_path, sleep={2: 60, 5: 60})
        with self.started(tmp_path) as process:
            wait_for(lambda: driver.stored(tmp_path) == {0, 1, 3, 4}, 60)
            os.killpg(process.pid, signal.SIGINT)
            out, err = process.communicate(timeout=30)
        assert (sorted(out.split()), err) == (["0", "1", "3", "4", "interrupted"], "")
        assert driver.stored(tmp_path) == {0, 1, 3, 4}
        wait_for(lambda: not any(alive(note["pid"]) for note in stand_in.attempts(tmp_path)))


class TestAddresses:
    @pytest.mark.parametrize(
        ("address", "told"),
        [
            ("127.0.0.1:1", "no Ray cluster answers at 127.0.0.1:1; is its head node running"),
            ("127.0.0.1:99999", "no Ray cluster answers at 127.0.0.1:99999"),
            ("ray://10.0.0.1:10001", "give host:port of the head node"),
            ("10.0.0.1", "it must be host:port, as in 10.0.0.1:6379, or auto"),
        ],
    )
    def test_an_address_that_will_not_do_is_refused_in_a_sentence(self, address: str, told: str) -> None:
        with pytest.raises(BadInput, match=told):
            make_executor("ray", WORK, ray_address=address).capacity()
        assert not ray.is_initialized()


class TestShares:
    @pytest.mark.parametrize(
        ("nodes", "workers", "share"),
        [
            ([Node(2)], None, Share(1, 2, 0.0, 0)),
            ([Node(2)], 2, Share(2, 1, 0.0, 0)),
            ([Node(64, memory_bytes=64_000)], None, Share(8, 8, 0.0, 8_000)),
            ([Node(16), Node(16)], None, Share(4, 8, 0.0, 0)),
            ([Node(16), Node(4)], None, Share(5, 4, 0.0, 0)),
            ([Node(16), Node(16)], 3, Share(3, 8, 0.0, 0)),
            ([Node(16), Node(16)], 2, Share(2, 16, 0.0, 0)),
            ([Node(0), Node(1), Node(1)], None, Share(2, 1, 0.0, 0)),
            ([Node(16, 4), Node(16, 4)], None, Share(8, 4, 1.0, 0)),
            ([Node(64), Node(16, 4)], None, Share(4, 4, 1.0, 0)),
            ([Node(16, 2)], 6, Share(6, 2, 0.3333, 0)),
            ([Node(16, 4)], 2, Share(2, 4, 1.0, 0)),
        ],
    )
    def test_nodes_are_shared_out_evenly(self, nodes: list[Node], workers: int | None, share: Share) -> None:
        assert shared_out(nodes, workers) == share

    @pytest.mark.parametrize(("nodes", "workers"), [([Node(4)], 5), ([], 1), ([Node(2, 2)], 3)])
    def test_too_many_workers_are_refused(self, nodes: list[Node], workers: int) -> None:
        with pytest.raises(BadInput, match="ask for fewer"):
            shared_out(nodes, workers)
