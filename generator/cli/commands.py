"""The commands: each parses its options, runs one workflow and prints its report.

A command imports its workflow when it is run, so that the program itself starts at once. Annotations are read by
Typer at run time, hence no postponed evaluation here.
"""

from dataclasses import asdict
from typing import Annotated

import typer

from generator import __version__
from generator.cli import options as opt
from generator.cli import tell
from generator.cli.show import show, show_report, watched
from generator.recipes import DEFAULT_RECIPE

app = typer.Typer(
    name="atlas",
    help="The atlas of VGG16: for each of its 4,224 convolution filters, the picture that excites it most.",
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
    """The atlas of VGG16: for each of its 4,224 convolution filters, the picture that excites it most."""
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


@app.command(short_help="Tell what is done, woken, dead, failed or out of date.")
def status(*, cache: opt.Cache = opt.CACHE, json: opt.Json = False) -> int:
    """Tell for every edition and layer what is done, woken, dead, failed, and what is out of date and why.

    \b
    Examples:
      atlas status
      atlas status --json
    """
    from generator.workflows.status import report_status

    report = report_status(cache)
    show(asdict(report), tell.status_lines(report), as_json=json)
    return 0


@app.command(short_help="Check pictures, index and site against their digests.")
def verify(
    *, repair: opt.Repair = False, cache: opt.Cache = opt.CACHE, site: opt.Site = opt.SITE, json: opt.Json = False
) -> int:
    """Check every stored picture and row against its digest, and the site against its checksums.

    \b
    Examples:
      atlas verify
      atlas verify --repair && atlas build
    """
    from generator.workflows.verify import verify_cache_and_site

    report = verify_cache_and_site(cache, site, repair=repair)
    show(asdict(report), tell.verify_lines(report), as_json=json)
    return 0 if report.is_sound or report.repaired else 1


@app.command(short_help="Write the numbers of every filter as one table.")
def export(
    *,
    format: opt.Format = "csv",  # noqa: A002  # the option's name
    edition: opt.Edition = None,
    photos: opt.PhotoSetName = None,
    output: opt.Output = None,
    cache: opt.Cache = opt.CACHE,
    json: opt.Json = False,
) -> int:
    """Write the numbers of every stored filter as one table.

    \b
    Examples:
      atlas export --format csv
      atlas export --format parquet --output atlas.parquet
    """
    from generator.workflows.export import export as export_table

    return show_report(export_table(cache, format, output, edition, photos), tell.export_lines, as_json=json)


@app.command(short_help="Tell which filters answer to a photograph of yours.")
def probe(
    photos: opt.Photographs,
    *,
    layer: opt.ProbedLayers = None,
    weights: opt.WeightsSource = "imagenet",
    cache: opt.Cache = opt.CACHE,
    site: opt.Site = opt.SITE,
    output: opt.Page = None,
    json: opt.Json = False,
) -> int:
    """Tell for each layer which filters answer most unusually to a photograph, and where, on a page of its own.

    Answers are counted in what is unusual for each filter: its 99 % quantile on the photographs that the cache or the
    site knows, or else its mean on its own picture. With --json a page is written only if --output names it.

    \b
    Examples:
      atlas probe cat.jpg
      atlas probe cat.jpg dog.png --layer block5_conv3
      atlas probe cat.jpg --json
    """
    from generator.workflows.probe import ProbeRequest
    from generator.workflows.probe import probe as look
    from generator.workflows.selection import chosen_layers

    request = ProbeRequest(
        photographs=tuple(photos),
        layers=chosen_layers(layer or ()),
        cache=cache,
        site=site,
        weights=weights,
        output=output,
        pages=output is not None or not json,
    )
    with watched(as_json=json) as on_event:
        report = look(request, on_event)
    return show_report(report, tell.probe_lines, as_json=json)


@app.command(short_help="Preview the site on 127.0.0.1.")
def serve(*, port: opt.Port = 8000, cache: opt.Cache = opt.CACHE, site: opt.Site = opt.SITE) -> int:
    """Preview the site on 127.0.0.1, reloaded when it changes; Ctrl-C ends it. Needs the extra `serve`.

    \b
    Examples:
      atlas serve
      atlas serve --port 0
    """
    from generator.workflows.serve import serve as serve_site

    with watched() as on_event:
        return show_report(serve_site(site, cache, port, on_event), tell.serve_lines, as_json=False)


@app.command(short_help="Measure this machine.")
def bench(*, json: opt.Json = False) -> int:
    """Measure this machine: its matrix-multiply rate, its ascent against the notebook loop, the time of each recipe.

    \b
    Examples:
      atlas bench
      atlas bench --json
    """
    from generator.workflows.bench import bench as measure

    with watched(as_json=json) as on_event:
        report = measure(on_event)
    return show_report(report, tell.bench_lines, as_json=json)


@app.command(short_help="Tell which weights are used, and check them.")
def weights(*, weights: opt.WeightsSource = "imagenet", json: opt.Json = False) -> int:
    """Tell where the weights come from, their fingerprint, and whether they are the ImageNet ones.

    \b
    Examples:
      atlas weights
      atlas weights --weights mine.weights.h5
    """
    from generator.workflows.weights import weights_report

    return show_report(weights_report(weights), tell.weights_lines, as_json=json)
