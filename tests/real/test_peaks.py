"""Peaks of photographs against Keras' own VGG16, on photographs that installed packages carry."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

import keras
import numpy as np
import pytest
from scipy.stats import rankdata

from generator.catalogue import LAYERS
from generator.files import digest_of
from generator.measure.peaks import PeakReader
from generator.measure.photographs import fitted
from generator.measure.relatives import sums_of
from generator.records.ranks import STEPS
from generator.store import open_store
from generator.vgg.forward import Trunk
from generator.workflows.photos import PhotosRequest, read_photos

if TYPE_CHECKING:
    from pathlib import Path

    from generator.vgg.weights import Weights

pytestmark = pytest.mark.real


def test_peaks_are_those_of_kerass_own_layers(imagenet: Weights) -> None:
    samples = files("matplotlib") / "mpl-data" / "sample_data"
    hopper = fitted((samples / "grace_hopper.jpg").read_bytes(), "Hopper")
    logo = fitted((samples / "logo2.png").read_bytes(), "logo")
    photographs = np.stack([hopper, logo])
    read = PeakReader(Trunk(imagenet.tensors, "float32")).read(photographs)

    model = keras.applications.VGG16(weights=None, include_top=False, input_shape=(224, 224, 3))
    for layer in LAYERS:
        model.get_layer(layer.name).set_weights(
            [imagenet.tensors[f"{layer.name}/kernel"], imagenet.tensors[f"{layer.name}/bias"]]
        )
    every = keras.Model(model.input, [model.get_layer(layer.name).output for layer in LAYERS])
    inputs = keras.applications.vgg16.preprocess_input(photographs.astype(np.float32))
    for layer, maps in zip(LAYERS, every.predict(inputs, batch_size=2, verbose=0), strict=True):
        found, peaks = read[layer.name], maps.max(axis=(1, 2))
        assert np.abs(found.peaks - peaks).max() <= 1e-4 * peaks.max(), layer.name
        assert np.abs(found.means - maps.mean(axis=(1, 2), dtype=np.float64)).max() <= 1e-4 * peaks.max(), layer.name
        rows, columns = found.places[..., 0].astype(int), found.places[..., 1].astype(int)
        at_place = maps[np.arange(2)[:, None], rows, columns, np.arange(layer.filters)]
        assert np.abs(at_place - peaks).max() <= 1e-4 * peaks.max(), layer.name


def test_what_is_stored_is_what_the_network_answered(imagenet: Weights, tmp_path: Path) -> None:
    samples = files("matplotlib") / "mpl-data" / "sample_data"
    (tmp_path / "taken").mkdir()
    contents = [(samples / name).read_bytes() for name in ("grace_hopper.jpg", "logo2.png")]
    for number, content in enumerate(contents):
        (tmp_path / "taken" / f"{number}.jpg").write_bytes(content)
    report = read_photos(PhotosRequest(tmp_path / "taken", tmp_path / "cache", tmp_path / "site"))
    assert (report.read, report.left_out) == (2, ())
    ordered = sorted(contents, key=digest_of)
    photographs = np.stack([fitted(content, "photograph") for content in ordered])
    read = PeakReader(Trunk(imagenet.tensors, "float32")).read(photographs)
    with open_store(tmp_path / "cache", write=False) as store:
        assert [one.sha256 for one in store.photos.photographs("taken")] == [digest_of(one) for one in ordered]
        for layer in LAYERS:
            expected = read[layer.name]
            np.testing.assert_allclose(store.photos.peaks("taken", layer.name), expected.peaks, rtol=1e-3, atol=1e-2)
            order = rankdata(expected.means, axis=1)
            assert np.abs(store.photos.ranks("taken", layer.name) - (order - 1) * STEPS / layer.filters).max() < 4
            found = (store.photos.places("taken", layer.name) == expected.places).all(axis=-1)
            assert found.mean() > 0.99, layer.name  # of nearly equal values another order of sums may choose another
            summed = store.photos.sums("taken", layer.name)
            np.testing.assert_allclose(summed.products, sums_of(expected.parts).products, rtol=1e-3, atol=1e-2)
        tiles = [one for own in store.photos.tiles("taken").values() for one in own.items()]
    assert len(tiles) > 4000
    for place, tile in tiles:
        row, column, _ = place.tile
        assert tile[place.row - row, place.column - column] >= 252  # of nearly equal values, as above
