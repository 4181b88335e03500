"""The commands that tell and check: each parses its options, runs one workflow and prints its report.

See `commands` for what makes and publishes. With these, `app` has every command.
"""

from generator.cli import options as opt
from generator.cli import tell
from generator.cli.commands import app
from generator.cli.show import show_report, watched

__all__ = ["app"]


@app.command(short_help="Tell what is done, woken, dead, failed or out of date.")
def status(*, cache: opt.Cache = opt.CACHE, json: opt.Json = False) -> int:
    """Tell for every edition and layer what is done, woken, dead, failed, and what is out of date and why.

    \b
    Examples:
      atlas status
      atlas status --json
    """
    from generator.workflows.status import report_status

    return show_report(report_status(cache), tell.status_lines, as_json=json)


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
    return show_report(report, tell.verify_lines, as_json=json)


@app.command(short_help="Write the numbers of filters as one table, or their pictures.")
def export(
    *,
    format: opt.Format = "csv",  # noqa: A002  # the option's name
    layer: opt.Layers = None,
    filters: opt.Filters = None,
    edition: opt.Edition = None,
    photos: opt.PhotoSetName = None,
    output: opt.Output = None,
    cache: opt.Cache = opt.CACHE,
    json: opt.Json = False,
) -> int:
    """Write the numbers of stored filters as one table, or each picture as a PNG file and as a slide with its caption.

    \b
    Examples:
      atlas export --format csv
      atlas export --format parquet --output atlas.parquet
      atlas export --format png --layer block5_conv3 --filters 441 --output slides
    """
    from generator.workflows.export import export as write
    from generator.workflows.selection import check_filters, chosen_layers, parse_filters

    layers, numbers = chosen_layers(layer or ()), parse_filters(filters) if filters is not None else ()
    if layer:
        check_filters(layers, numbers)
    with watched(as_json=json) as on_event:
        report = write(cache, format, output, edition, photos, layers, numbers, on_event)
    return show_report(report, tell.export_lines, as_json=json)


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
