"""The whole build that is disturbed: the real workflow from the plan to the site, with pictures that cost nothing."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
from fault_work import synthetic_result

from generator.catalogue import LAYERS
from generator.figures import charts, sheets
from generator.files import digest_of
from generator.records import AscentTask, MeasureResult, StartRecord
from generator.store import open_store
from generator.vgg.tensors import IMAGENET_FINGERPRINT
from generator.workflows import _figures
from generator.workflows import build as workflow
from generator.workflows.render import render_site

SHOWN = ("block1_conv1", "block1_conv2")
FILTERS = 4
BATCH = 2

_say = [lambda _line: None]


def remembering(draw):
    """Draw each figure once: drawing touches nothing that could be lost."""
    drawn = {}

    def draw_or_remember(*shown):
        key = pickle.dumps(shown)
        if key not in drawn:
            drawn[key] = draw(*shown)
        return drawn[key]

    return draw_or_remember


def disguise(set_attribute):
    """Put cheap work and remembered figures in place of the true ones, by `setattr` or one that will be undone."""
    set_attribute(workflow, "COMPUTE", "fault_atlas:compute")
    set_attribute(workflow, "DEVICE", "stand_in:device")
    for module, name in (
        (charts, "loss_histogram"),
        (charts, "cross_heat_map"),
        (sheets, "contact_sheet"),
        (_figures, "encode_figure"),
    ):
        set_attribute(module, name, remembering(getattr(module, name)))


def prepare(folder):
    """Make a cache that knows the starts: only the true network could tell them."""
    starts = [StartRecord(layer.name, np.ones(layer.filters, np.float32)) for layer in LAYERS]
    with open_store(folder / "cache", write=True) as store:
        store.put_starts(IMAGENET_FINGERPRINT, starts)


def build(folder, say=lambda _line: None, layers=SHOWN):
    """Build what is missing; `say` hears of each batch that begins and each filter that is stored."""
    _say[0] = say
    request = workflow.BuildRequest(
        tuple(layers),
        "draft",
        folder / "cache",
        folder / "site",
        filters=tuple(range(FILTERS)),
        changes={"size_px": 8, "steps": 4},
        batch_size=BATCH,
    )
    workflow.build_atlas(request, lambda event: say({"stored": 1}) if is_of_the_build(event) else None)


def is_of_the_build(event):
    return getattr(event, "label", "") == "draft"


def render(folder, _say):
    render_site(folder / "cache", folder / "site")


def compute(task, *, tensors=None):
    assert tensors is None
    for at in range(0, len(task.filters), task.batch_size):
        batch = task.filters[at : at + task.batch_size]
        _say[0]({"began": [[task.layer, number] for number in batch]})
        for number in batch:
            result = synthetic_result(task.layer, number, settings=task.settings, **placed(task))
            yield result if isinstance(task, AscentTask) else measured(result, task.files[number])


def placed(task):
    """Return where a picture that is made belongs, for its file to tell."""
    return {"edition": task.edition, "carried": task.changes} if isinstance(task, AscentTask) else {}


def measured(result, file):
    taken = tuple(replace(one, sha256=digest_of(file)) for one in result.measurements)
    return MeasureResult(result.layer, result.filter, taken)


def warm_up(folder):
    """Load and draw here what every child would have to for itself."""
    prepare(folder)
    build(folder)
