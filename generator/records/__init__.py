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
    Kept,
    Links,
    Measurement,
    MeasureResult,
    Response,
    strongest,
    strongest_inputs,
)
from generator.records.photos import QUANTILES, Agreement, Answer, Credit, Photograph, PhotoLayer, PhotoSet, Score
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
    "QUANTILES",
    "RESPONSE",
    "SHOWN_LINKS",
    "THREADS_VARIABLE",
    "TOP",
    "Agreement",
    "Answer",
    "AscentResult",
    "AscentTask",
    "Changes",
    "Credit",
    "Device",
    "EditionRecord",
    "Event",
    "Fact",
    "FactValue",
    "FilterFailure",
    "FilterId",
    "FilterRecord",
    "Kept",
    "LayerRecord",
    "Links",
    "MeasureResult",
    "MeasureTask",
    "Measurement",
    "Note",
    "PhotoLayer",
    "PhotoSet",
    "Photograph",
    "PictureRecord",
    "Progress",
    "Response",
    "Score",
    "StartRecord",
    "Status",
    "StopReason",
    "StoredPicture",
    "Task",
    "strongest",
    "strongest_inputs",
    "unheard",
]
