"""How far to trust a picture: what is left when it is moved, how far it goes, whether it agrees with photographs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from generator.catalogue import LAYERS
from generator.render.filter_view import Profile, Trust
from generator.render.wording import MINUS, share, times

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.records import Agreement, FilterRecord, Kept, PhotoSet

COLUMN: Final = 20
"""Width of a layer's place in the chart of agreements."""

UNIT: Final = 16
"""Height there of an agreement of 1."""

MOST: Final = 2
"""What lies further from 0 is cut off there: a third of the layers do, some by 50, which left 0 and 1 on one line."""

LIKE: Final = (
    (0.7, "much as it handles the filter's strongest photographs"),
    (0.3, "partly as it handles the filter's strongest photographs"),
    (-0.3, "much as it handles any photograph"),
    (-math.inf, "less like the filter's strongest photographs than it handles any photograph"),
)
"""What an agreement of at least this means."""

BEYOND: Final = (
    (1.2, "it shows what the filter rewards, not what it usually meets"),
    (0.85, "about as far as the world drives it"),
    (0.0, "the world drives this filter further than its picture"),
)
"""What it means that a picture's peak is at least so many times that of the strongest photograph."""


def trust(record: FilterRecord, photos: PhotoSet | None) -> tuple[Trust, ...]:
    """Return what is known of how far a picture can be trusted; `photos` were read with its weights."""
    if not record.is_measured or record.displayed_mean <= 0:
        return ()
    said = photos and photos.layers[record.layer].agreement(record)
    agreement = _agreement(said) if said and said.profile else None
    beyond = _beyond(record, photos) if photos else None
    kept = _kept(record.kept) if record.kept else None
    return tuple(one for one in (agreement, beyond, kept) if one)


def _kept(kept: Kept) -> Trust:
    moves = (
        ("turned by 5 degrees", kept.turned),
        ("at 0.95 of its size", kept.smaller),
        ("at 1.05 of its size", kept.larger),
        ("mirrored", kept.mirrored),
    )
    least = min(moves, key=lambda move: move[1])
    return Trust(
        "Moved a little",
        share(kept.turned, 1),
        f"of its mean is left when the picture is turned by 5 degrees; least, {share(least[1], 1)}, is left {least[0]}."
        if least[1] < kept.turned
        else "of its mean is left when the picture is turned by 5 degrees, and no other move costs it more.",
        "kept",
        tuple((name, share(value, 1), min(100, round(100 * value))) for name, value in moves),
    )


def _beyond(record: FilterRecord, photos: PhotoSet) -> Trust | None:
    ratio = photos.layers[record.layer].beyond(record)
    if ratio is None:
        return None
    where = f"the peak of the strongest of {len(photos.photographs):,} photographs"
    how = next(words for least, words in BEYOND if ratio >= least)
    return Trust("Beyond photographs", times(ratio, 1), f"{where}: {how}.", "beyond")


def _agreement(said: Agreement) -> Trust:
    profile = _profile(said.profile)
    if said.overall is None:
        sentence = "Its strongest photographs are hardly more alike to the network than any photographs are."
        return Trust("Agreement", "unknown", sentence, "agreement", profile=profile)
    how = next(words for least, words in LIKE if said.overall >= least)
    sentence = f"The network handles this picture {how}. 1 would be as those, 0 as any."
    return Trust("Agreement", _signed(said.overall), sentence, "agreement", profile=profile)


def _profile(values: Sequence[float | None]) -> Profile | None:
    """Return the agreement at each earlier layer as bars from 0; None unless it is known at two of them."""
    known = [value for value in values if value is not None]
    if len(known) < 2:  # noqa: PLR2004 - of one the number says all
        return None
    ends = LAYERS[0].short, LAYERS[len(values) - 1].short
    return Profile(
        "".join(_bar(COLUMN * place + 6, value) for place, value in enumerate(values) if value is not None),
        COLUMN * len(values),
        _beyond_the_end(min(known), max(known)),
        ends,
        f"Agreement at each layer from {ends[0]} to {ends[1]}: {_signed(min(known))} to {_signed(max(known))}",
    )


def _bar(left: int, value: float) -> str:
    """Return a bar of an SVG path from 0 to a value; one that goes on beyond the chart's end is pointed."""
    tall = round(UNIT * max(-MOST, min(MOST, value))) or 1  # 0 is known, and so is seen
    if abs(value) <= MOST:
        return f"M{left} {MOST * UNIT}v{-tall}h8v{tall}"
    point = "l4-8 4 8" if value > 0 else "l4 8 4-8"
    return f"M{left} {MOST * UNIT}v{-tall}{point}v{tall}"


def _beyond_the_end(least: float, most: float) -> str:
    """Return what a bar's point means, where there is one."""
    where = [f"below {MINUS}{MOST}"] * (least < -MOST) + [f"above {MOST}"] * (most > MOST)
    return f"; pointed where {' or '.join(where)}" if where else ""


def _signed(value: float) -> str:
    return f"{value:.1f}".replace("-", MINUS).replace(f"{MINUS}0.0", "0.0")
