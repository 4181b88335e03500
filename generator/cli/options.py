"""The options that the commands share: their names, their help, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from generator.catalogue import LAYER_NAMES
from generator.recipes import RECIPES

_RECIPES = "; ".join(f"{recipe.name}: {recipe.summary}" for recipe in RECIPES.values())

Layers = Annotated[
    list[str] | None,
    typer.Option(
        "--layer",
        metavar="NAME",
        help=f"A layer, {LAYER_NAMES[0]} to {LAYER_NAMES[-1]}; may be repeated. [default: all]",
    ),
]
Filters = Annotated[
    str | None, typer.Option(metavar="0-63,100", help="Filters of each layer, as numbers and ranges. [default: all]")
]
RecipeName = Annotated[str, typer.Option(metavar="NAME", help=f"How pictures are made. {_RECIPES}.")]
Size = Annotated[str | None, typer.Option(metavar="PX", help="Side of the canvas, in place of the recipe's.")]
Steps = Annotated[str | None, typer.Option(metavar="N", help="Ascent steps, in place of the recipe's.")]
LearningRate = Annotated[str | None, typer.Option(metavar="X", help="Step size, in place of the recipe's.")]
Threshold = Annotated[
    str | None, typer.Option(metavar="X|none", help="Loss at which a picture is done; none lets it run all its steps.")
]
Seed = Annotated[str | None, typer.Option(metavar="N", help="Seed of the random start. [default: 42]")]
Precision = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Of the convolutions: auto, float32 or bfloat16; auto takes the faster."),
]
Reset = Annotated[bool, typer.Option("--reset", help="Forget the values given earlier for these layers first.")]
WeightsSource = Annotated[
    str,
    typer.Option(
        "--weights", metavar="imagenet|PATH", help="The ImageNet weights, or a .weights.h5, .h5 or .safetensors file."
    ),
]
BatchSize = Annotated[
    int | None, typer.Option(metavar="N", min=1, help="Pictures computed together. [default: what suits the machine]")
]
Executor = Annotated[Literal["local", "ray"], typer.Option(help="Where the work runs: this machine, or a Ray cluster.")]
Workers = Annotated[
    int | None, typer.Option(metavar="N", min=1, help="Processes that compute. [default: one for each device]")
]
RayAddress = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="The Ray cluster to join. [default: one on this machine]")
]
Cache = Annotated[Path, typer.Option(metavar="FOLDER", help="Where finished work is stored.")]
Site = Annotated[Path, typer.Option(metavar="FOLDER", help="Where the pages go.")]
AdoptedSite = Annotated[Path, typer.Argument(metavar="SITE", help="The folder of the published site.")]
PhotoFolder = Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder of photographs.")]
SetName = Annotated[
    str | None, typer.Option("--name", metavar="NAME", help="What the set is called. [default: as the folder]")
]
Credits = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Who took them. [default: credits.csv in the folder, if any]")
]
Remove = Annotated[bool, typer.Option("--remove", help="Take the set away instead.")]
Force = Annotated[bool, typer.Option("--force", help="Compute again what is stored already.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="List what would be computed and why, and stop there.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON, and nothing else.")]
Repair = Annotated[
    bool, typer.Option("--repair", help="Set damaged pictures aside, so that the next build makes them again.")
]
Format = Annotated[
    Literal["csv", "json", "parquet", "png"],
    typer.Option("--format", help="Of the table; png: each picture, and as a slide."),
]
Output = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Where it goes. [default: atlas.FORMAT; png: the folder atlas-png]"),
]
Photographs = Annotated[
    list[Path], typer.Argument(metavar="PHOTO...", help="JPEG, PNG, WebP or AVIF files.", show_default=False)
]
ProbedLayers = Annotated[
    list[str] | None,
    typer.Option("--layer", metavar="NAME", help="A layer to tell of; may be repeated. [default: all]"),
]
Page = Annotated[
    Path | None, typer.Option(metavar="FILE.html", help="Where the page goes. [default: PHOTO.probe.html]")
]
Edition = Annotated[str | None, typer.Option(metavar="NAME", help="One edition, as natural. [default: all]")]
PhotoSetName = Annotated[
    str | None, typer.Option(metavar="NAME", help="Whose photographs tell of filters. [default: the largest set]")
]
Port = Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")]

CACHE = Path(".atlas")
SITE = Path("site")
