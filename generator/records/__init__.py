"""Frozen records that pass between the stages: plain data, never tensors or open handles."""

from __future__ import annotations

from generator.records.events import Event, Note, Progress, unheard
from generator.records.facts import Changes, Fact, FactValue, FilterId, Status, StopReason
from generator.records.measured import (
    KERNEL_LEVELS,
    LINKS,
    RESPONSE,
    SHOWN_LINKS,
    TOP,
    Links,
    Measurement,
    MeasureResult,
    Response,
    strongest,
    strongest_inputs,
)
from generator.records.pictures import (
    AscentResult,
    EditionRecord,
    FilterRecord,
    LayerRecord,
    PictureRecord,
    StartRecord,
    StoredPicture,
)
from generator.records.tasks import THREADS_VARIABLE, AscentTask, Device, FilterFailure, MeasureTask, Task

__all__ = [
    "KERNEL_LEVELS",
    "LINKS",
    "RESPONSE",
    "SHOWN_LINKS",
    "THREADS_VARIABLE",
    "TOP",
    "AscentResult",
    "AscentTask",
    "Changes",
    "Device",
    "EditionRecord",
    "Event",
    "Fact",
    "FactValue",
    "FilterFailure",
    "FilterId",
    "FilterRecord",
    "LayerRecord",
    "Links",
    "MeasureResult",
    "MeasureTask",
    "Measurement",
    "Note",
    "PictureRecord",
    "Progress",
    "Response",
    "StartRecord",
    "Status",
    "StopReason",
    "StoredPicture",
    "Task",
    "strongest",
    "strongest_inputs",
    "unheard",
]
