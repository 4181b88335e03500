"""The commands: each parses its options, runs one workflow and prints its report.

A command imports its workflow when it is run, so that the program itself starts at once. Annotations are read by
Typer at run time, hence no postponed evaluation here.
"""

from typing import Annotated

import typer

from generator import __version__
from generator.cli import options as opt
from generator.cli import tell
from generator.cli.show import show_report, watched
from generator.recipes import DEFAULT_RECIPE

app = typer.Typer(
    name="atlas",
    help="The atlas of VGG16: for each of its 4,224 convolution filters, a picture that excites it strongly.",
    epilog="Start with: atlas build --recipe draft. Every command has examples: atlas COMMAND --help.",
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def atlas(
    context: typer.Context,
    *,
    version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback when something goes wrong.")] = False,  # noqa: ARG001  # `program` looks for it anywhere on the line
) -> None:
    """The atlas of VGG16: for each of its 4,224 convolution filters, a picture that excites it strongly."""
    if version:
        print(f"atlas {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command(
    short_help="Compute what is missing or out of date, and publish it.",
    epilog="Exit codes: 0 done, 1 some filter failed, 2 wrong usage or bad input, 130 interrupted.",
)
def build(  # noqa: PLR0913  # one for each option
    *,
    layer: opt.Layers = None,
    filters: opt.Filters = None,
    recipe: opt.RecipeName = DEFAULT_RECIPE,
    size: opt.Size = None,
    steps: opt.Steps = None,
    learning_rate: opt.LearningRate = None,
    threshold: opt.Threshold = None,
    seed: opt.Seed = None,
    reset: opt.Reset = False,
    weights: opt.WeightsSource = "imagenet",
    precision: opt.Precision = None,
    batch_size: opt.BatchSize = None,
    executor: opt.Executor = "local",
    workers: opt.Workers = None,
    ray_address: opt.RayAddress = None,
    cache: opt.Cache = opt.CACHE,
    site: opt.Site = opt.SITE,
    force: opt.Force = False,
    dry_run: opt.DryRun = False,
    json: opt.Json = False,
) -> int:
    """Compute the pictures that are missing or out of date, and publish them.

    A layer is published as soon as it is complete, cheapest layer first. Stop it whenever you like: the same command
    goes on where it was. Values such as --learning-rate stay with the layers they were given for until --reset.

    \b
    Examples:
      atlas build                                      # every filter
      atlas build --recipe draft                       # smaller and sooner
      atlas build --layer block3_conv1 --filters 0-7   # eight filters
      atlas build --layer block3_conv1 --learning-rate 0.3
      atlas build --dry-run                            # what, and why
    """
    from generator.workflows._request import BuildRequest
    from generator.workflows.build import build_atlas
    from generator.workflows.selection import chosen_layers, parse_filters

    changes = _given(
        size_px=size, steps=steps, learning_rate=learning_rate, threshold=threshold, seed=seed, precision=precision
    )
    request = BuildRequest(
        layers=chosen_layers(layer or ()),
        filters=None if filters is None else parse_filters(filters),
        recipe=recipe,
        changes=changes,
        reset=reset,
        weights=weights,
        batch_size=batch_size,
        executor=executor,
        workers=workers,
        ray_address=ray_address,
        cache=cache,
        site=site,
        force=force,
        dry_run=dry_run,
    )
    with watched(as_json=json) as on_event:
        report = build_atlas(request, on_event)
    return show_report(report, tell.build_lines, as_json=json)


def _given(**values: str | None) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}


@app.command(
    short_help="Read photographs, and publish what they say of every filter.",
    epilog="Exit codes: 0 done, 1 some photograph was left out, 2 wrong usage or bad input, 130 interrupted.",
)
def photos(  # noqa: PLR0913  # one for each option
    folder: opt.PhotoFolder,
    *,
    name: opt.SetName = None,
    credits: opt.Credits = None,  # noqa: A002  # the option's name
    remove: opt.Remove = False,
    weights: opt.WeightsSource = "imagenet",
    executor: opt.Executor = "local",
    workers: opt.Workers = None,
    ray_address: opt.RayAddress = None,
    cache: opt.Cache = opt.CACHE,
    site: opt.Site = opt.SITE,
    json: opt.Json = False,
) -> int:
    """Read the photographs of a folder, and publish what they say of every filter.

    Sub-folders label what lies in them; a credits.csv (file, label, group, author, author_page, page, licence, show)
    says more, and which may be shown on pages; without one, all may. Stop it whenever you like: the same command goes
    on where it was, and reads only what is new.

    \b
    Examples:
      atlas photos holiday
      atlas photos imagenet/val --name imagenet --executor ray
      atlas photos holiday --remove
    """
    from generator.workflows.photos import PhotosRequest, read_photos

    request = PhotosRequest(
        folder=folder,
        cache=cache,
        site=site,
        name=name,
        credits_file=credits,
        remove=remove,
        weights=weights,
        executor=executor,
        workers=workers,
        ray_address=ray_address,
    )
    with watched(as_json=json) as on_event:
        report = read_photos(request, on_event)
    return show_report(report, tell.photos_lines, as_json=json)


@app.command(short_help="Make a cache from a published site.")
def adopt(*, site: opt.AdoptedSite = opt.SITE, cache: opt.Cache = opt.CACHE, json: opt.Json = False) -> int:
    """Take into the cache what a published site holds, so that a build goes on from it; nothing is computed.

    Every file is held against its checksum first; one that is damaged is named and left out. What the cache holds
    already stays.

    \b
    Examples:
      atlas adopt
      atlas adopt && atlas build --layer block3_conv1 --learning-rate 0.1
      atlas adopt ../old/site --cache old-atlas
    """
    from generator.workflows.adopt import adopt as adopt_site

    with watched(as_json=json) as on_event:
        report = adopt_site(site, cache, on_event)
    return show_report(report, tell.adopt_lines, as_json=json)


@app.command(short_help="Make the pages again from what is stored.")
def render(*, cache: opt.Cache = opt.CACHE, site: opt.Site = opt.SITE, json: opt.Json = False) -> int:
    """Make the pages again from what is stored; nothing is computed, and unchanged files are left alone.

    \b
    Examples:
      atlas render
      atlas render --site public
    """
    from generator.workflows.render import render_site

    with watched(as_json=json) as on_event:
        report = render_site(cache, site, on_event)
    return show_report(report, tell.render_lines, as_json=json)
