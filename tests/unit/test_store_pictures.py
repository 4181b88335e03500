from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import replace
from html import escape

import msgspec
import numpy as np
import pytest
from PIL import Image

from generator.errors import DamagedPicture
from generator.files import digest_of
from generator.recipes import ALGORITHM
from generator.records import EditionRecord, PictureRecord
from generator.store.pictures import Facts, decode_facts, decode_image, encode_picture

NATURAL = EditionRecord("natural", "natural", "ab" * 32, 'ImageNet weights, <größer> & "anders" als gedacht')


def facts_of(result):
    record = PictureRecord(**result.made)
    return Facts(NATURAL, {"steps": 9, "threshold": None}, ALGORITHM, record)


@pytest.fixture
def result(make_result):
    return make_result(filter=7, size_px=16, status="woken")


@pytest.fixture
def carried(result):
    """What a sound picture carries, as JSON values that a test may spoil."""
    return msgspec.to_builtins(facts_of(result))


def picture_with(text, mode="RGB", kind="AVIF", size=(16, 16)):
    packet = f"<atlas:made>{escape(text, quote=False)}</atlas:made>".encode()
    file = io.BytesIO()
    Image.new(mode, size).save(file, kind, **({"xmp": packet} if kind == "AVIF" else {}))
    return file.getvalue()


def test_a_picture_gives_back_its_facts_and_nearly_its_pixels(result):
    facts = facts_of(result)
    data = encode_picture(result.image, facts)
    assert np.abs(decode_image(data).astype(int) - result.image.astype(int)).mean() < 4
    found = decode_facts(data)
    assert found == replace(facts, record=replace(facts.record, sha256=digest_of(data)))


def test_the_bytes_of_a_picture_do_not_depend_on_the_process(tmp_path):
    script = (
        "import sys; sys.path[:0] = ['.', 'tests']; import hashlib, conftest\n"
        "print(hashlib.sha256(conftest.synthetic_result(filter=7, size_px=16).file).hexdigest())"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": seed, "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


@pytest.mark.parametrize("size", [(1025, 1), (16, 1025)])
def test_a_picture_that_claims_too_many_pixels_is_refused_before_it_is_unpacked(size, monkeypatch):
    data = picture_with("{}", size=size)
    monkeypatch.setattr(Image.Image, "load", lambda *_: pytest.fail("it was unpacked"))
    for decode in (decode_image, decode_facts):
        with pytest.raises(DamagedPicture, match=f"claims {size[0]} x {size[1]} pixels"):
            decode(data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "cannot be read as a picture"),
        (b"GIF89a" + bytes(100), "cannot be read as a picture"),
        (picture_with("{}", kind="PNG"), "cannot be read as a picture"),
        (picture_with("{}", mode="RGBA"), "its colours are RGBA, not RGB"),
        (encode_picture(np.zeros((16, 16, 3), np.uint8), None), "it carries no record"),
        (picture_with("{}"), "cannot be read as a picture"),
        (picture_with("[" * 100_000), "cannot be read as a picture"),
        (picture_with("\x00"), "cannot be read as a picture"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_picture_of_the_atlas_is_refused_in_words(data, reason):
    with pytest.raises(DamagedPicture, match=reason):
        decode_facts(data)


SPOILT = {
    "a path as edition": (("edition", "name"), "../../etc", "cannot be one"),
    "an edition that the record does not name": (("edition", "name"), "draft", "cannot be one"),
    "markup as recipe": (("edition", "recipe"), "<b>", "cannot be one"),
    "a fingerprint that is none": (("edition", "weights_fingerprint"), "../x", "not a SHA-256"),
    "an unknown layer": (("record", "layer"), "block9_conv9", "which VGG16 does not have"),
    "a filter out of range": (("record", "filter"), 64, "which VGG16 does not have"),
    "a filter below zero": (("record", "filter"), -1, "which VGG16 does not have"),
    "a status that is none": (("record", "status"), "great", "cannot be read"),
    "a number that is text": (("record", "final_loss"), "1.5", "cannot be read"),
    "changes that nest": (("changes",), {"steps": {"a": 1}}, "cannot be read"),
}


@pytest.mark.parametrize(("where", "value", "reason"), SPOILT.values(), ids=SPOILT.keys())
def test_a_picture_that_does_not_hold_together_is_refused(carried, where, value, reason):
    assert decode_facts(picture_with(json.dumps(carried))).record.filter == 7
    inner = carried
    for step in where[:-1]:
        inner = inner[step]
    inner[where[-1]] = value
    with pytest.raises(DamagedPicture, match=reason):
        decode_facts(picture_with(json.dumps(carried)))


def test_fields_of_another_version_are_passed_over_or_have_a_default(carried):
    carried["record"]["shine"] = carried["record"]["settings"]["glow"] = 3
    del carried["record"]["slope"]
    assert decode_facts(picture_with(json.dumps(carried))).record.slope == 0.0
