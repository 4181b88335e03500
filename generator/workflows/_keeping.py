"""A site is never emptied by surprise: a cache that holds little of what it shows is another atlas's cache."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from generator.errors import BadSite
from generator.publish.addresses import pictured_filter
from generator.publish.site import open_site, read_site

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from generator.store import Store

MOST = 0.5
"""Part of a shown layer that may go: single pictures do, when damage is found; a whole layer does not."""


def check_kept(
    store: Store, site: Path, wanted: Collection[tuple[str, str, int]] = (), *, dry_run: bool = False
) -> None:
    """See that publishing keeps what the site shows; `wanted` are filters that are about to be computed.

    A site folder that is not ours is refused here as well, before an hour of work and not after it; with `dry_run`
    without taking possession of the folder.

    Raises:
        BadSite: the folder is not ours, or shows layers most of which the cache neither holds nor is going to.
        SiteInUse, WorkFailed: the folder cannot be used.

    """
    if dry_run:
        before = read_site(site)
    else:
        with open_site(site) as opened:
            before = opened.before
    shown = {place for address in before if (place := pictured_filter(address)) is not None}
    editions = {edition for edition, _, _ in shown}
    held = {(edition, id_.layer, id_.filter) for edition in editions for id_ in store.stored(edition)}
    totals = Counter((edition, layer) for edition, layer, _ in shown)
    lost = Counter((edition, layer) for edition, layer, _ in shown - held - set(wanted))
    gone = sorted(place for place, count in lost.items() if count > MOST * totals[place])
    if gone:
        edition, layer = gone[0]
        others = f" and {len(gone) - 1} more layers" if len(gone) > 1 else ""
        raise BadSite(
            f"the site {site} shows {layer} of edition {edition}{others}, which this cache does not hold; name another "
            "folder with --site, or with --cache the cache that the site was made from."
        )
