from __future__ import annotations

import io
import json
import struct
import subprocess
import sys
import zlib
from dataclasses import replace

import msgspec
import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from generator.errors import DamagedPicture
from generator.recipes import ALGORITHM
from generator.records import EditionRecord, FilterRecord
from generator.store.keys import result_key
from generator.store.masters import CHUNK, Facts, decode_facts, decode_image, encode_master

WEIGHTS = "ab" * 32
NATURAL = EditionRecord("natural", "natural", WEIGHTS, "ImageNet weights, größer als gedacht")


def facts_of(result, **changes):
    record = FilterRecord(
        edition="natural",
        layer=result.layer,
        filter=result.filter,
        key=result_key(WEIGHTS, result.layer, result.filter, result.settings),
        status=result.status,
        dead_at_start=False,
        settings=result.settings,
        losses=result.losses,
    )
    return replace(Facts(NATURAL, {"steps": 9}, ALGORITHM, record, result.cross, result.maps), **changes)


@pytest.fixture
def result(make_result):
    return make_result(filter=7, size_px=16)


@pytest.fixture
def carried(result):
    """What a sound master carries, as JSON values that a test may spoil."""
    data = encode_master(facts_of(result), result.image)
    with Image.open(io.BytesIO(data)) as picture:
        return json.loads(picture.info[CHUNK])


def picture_with(text, mode="RGB", key=CHUNK):
    info = PngInfo()
    info.add_text(key, text, zip=True)
    file = io.BytesIO()
    Image.new(mode, (16, 16)).save(file, "PNG", pnginfo=info)
    return file.getvalue()


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width, height, *chunks):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IEND", b"")


def test_a_master_gives_back_its_pixels_and_its_facts(result):
    facts = facts_of(result)
    data = encode_master(facts, result.image)
    assert np.array_equal(decode_image(data), result.image)
    found = decode_facts(data)
    assert replace(found.record, sha256=None) == facts.record
    assert (found.edition, found.changes, found.algorithm) == (NATURAL, {"steps": 9}, ALGORITHM)
    assert np.array_equal(found.cross, result.cross)
    assert np.array_equal(found.maps, result.maps)


def test_the_bytes_of_a_master_do_not_depend_on_the_process(tmp_path):
    script = (
        "import sys; sys.path[:0] = ['.', 'tests']; import hashlib, conftest; from test_store_masters import facts_of\n"
        "from generator.store.masters import encode_master\n"
        "r = conftest.synthetic_result(filter=7, size_px=16)\n"
        "print(hashlib.sha256(encode_master(facts_of(r), r.image)).hexdigest())"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", script.replace("'tests'", "'tests', 'tests/unit'")],
            env={"PYTHONHASHSEED": seed, "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


@pytest.mark.parametrize(
    ("width", "height"), [(60_000, 60_000), (1025, 1), (1, 2**31), (0, 16), (2**32 - 1, 2**32 - 1)]
)
def test_a_picture_that_claims_too_many_pixels_is_refused_before_it_is_unpacked(width, height, monkeypatch):
    monkeypatch.setattr(Image, "open", lambda *_args, **_named: pytest.fail("it was opened"))
    data = png(width, height, chunk(b"IDAT", zlib.compress(bytes(10_000))))
    for decode in (decode_image, decode_facts):
        with pytest.raises(DamagedPicture, match=f"claims {width} x {height} pixels"):
            decode(data)


def test_a_text_that_unpacks_to_too_much_is_refused():
    bomb = chunk(b"zTXt", b"atlas\0\0" + zlib.compress(bytes(64 * 2**20), 9))
    with pytest.raises(DamagedPicture, match="cannot be read as a picture"):
        decode_facts(png(16, 16, bomb, chunk(b"IDAT", zlib.compress(bytes(16 * 49)))))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "too short"),
        (b"\x89PNG\r\n\x1a\n", "too short"),
        (b"GIF89a" + bytes(100), "not a PNG file"),
        (b"GIF89a\r\n" + png(16, 16)[8:], "not a PNG file"),
        (b"\xff\xd8\xff\xe0" + bytes(100), "not a PNG file"),
        (b"<svg>" + b" " * 100, "not a PNG file"),
        (png(16, 16), "it carries no record"),
        (picture_with("{}", mode="RGBA"), "its colours are RGBA, not RGB"),
        (picture_with("{}", mode="P"), "its colours are P, not RGB"),
        (picture_with("{}", key="other"), "it carries no record"),
        (picture_with("{}"), "cannot be read as a picture"),
        (picture_with("[" * 100_000), "cannot be read as a picture"),
        (picture_with("\x00"), "cannot be read as a picture"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_master_is_refused_in_words(data, reason):
    with pytest.raises(DamagedPicture, match=reason):
        decode_facts(data)


SPOILT = {
    "a path as edition": (("edition", "name"), "../../etc", "cannot be one"),
    "an edition that the record does not name": (("edition", "name"), "draft", "cannot be one"),
    "markup as recipe": (("edition", "recipe"), "<b>", "cannot be one"),
    "a fingerprint that is none": (("edition", "weights_fingerprint"), "../x", "not a SHA-256"),
    "other weights": (("edition", "weights_fingerprint"), "cd" * 32, "key does not belong"),
    "an unknown layer": (("record", "layer"), "block9_conv9", "which VGG16 does not have"),
    "a filter out of range": (("record", "filter"), 64, "which VGG16 does not have"),
    "a filter below zero": (("record", "filter"), -1, "which VGG16 does not have"),
    "another key": (("record", "key"), "0" * 64, "key does not belong"),
    "other settings": (("record", "settings", "steps"), 12345, "key does not belong"),
    "another algorithm": (("algorithm",), 999, "key does not belong"),
    "too short a cross-activation": (("cross",), "AAAA", "wrong size"),
    "maps of another size": (("maps_shape",), [8, 32, 31], "wrong size"),
    "maps of a huge size": (("maps_shape",), [2**40, 2**40, 2**40], "wrong size"),
    "maps of a negative size": (("maps_shape",), [-8, -32, 32], "wrong size"),
    "a status that is none": (("record", "status"), "great", "cannot be read"),
    "a number that is text": (("record", "final_loss"), "1.5", "cannot be read"),
    "a true as filter": (("record", "filter"), True, "cannot be read"),
    "changes that nest": (("changes",), {"steps": {"a": 1}}, "cannot be read"),
}


@pytest.mark.parametrize(("where", "value", "reason"), SPOILT.values(), ids=SPOILT.keys())
def test_a_master_that_does_not_hold_together_is_refused(carried, where, value, reason):
    inner = carried
    for step in where[:-1]:
        inner = inner[step]
    inner[where[-1]] = value
    with pytest.raises(DamagedPicture, match=reason):
        decode_facts(picture_with(json.dumps(carried)))


def test_an_edition_that_is_a_path_is_refused_also_where_the_record_names_it_too(carried):
    carried["edition"]["name"] = carried["record"]["edition"] = "../../etc"
    with pytest.raises(DamagedPicture, match="cannot be one"):
        decode_facts(picture_with(json.dumps(carried)))


def test_what_a_test_spoils_is_sound_before(carried):
    assert decode_facts(picture_with(json.dumps(carried))).record.filter == 7


def test_fields_of_a_newer_version_are_passed_over(carried):
    carried["record"]["shine"] = 3
    assert msgspec.to_builtins(decode_facts(picture_with(json.dumps(carried))).record)["filter"] == 7
