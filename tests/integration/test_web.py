"""The front end: its own unit tests, its size, and what its lock names."""

import gzip
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from kefu.channels.web import frames
from kefu.server.page import _version

ROOT = Path(__file__).parents[2]
WEB = ROOT / "web"
BUILT = ROOT / "kefu" / "server" / "static" / "widget"
MOST = {
    "widget.js": 25_000,
    "more.js": 12_900,
    "en.js": 1_750,
    "zh-Hant.js": 2_000,
    "sw.js": 600,
}
"""What the script tag loads, as it is sent: everything for a conversation of words, pictures,
buttons and menus; what is fetched once when it is needed first: cards, files, voice, forms, menu,
emoji; the words of another language."""


@pytest.fixture(scope="module")
def built(require):
    if not (BUILT / "widget.js").is_file():
        require("the built widget (make web)")
    return BUILT


def sent(path):
    return len(gzip.compress(path.read_bytes(), 9, mtime=0))


def test_the_widget_is_small(built):
    sizes = {path.name: sent(path) for path in built.glob("*.js")}
    assert sizes.keys() == MOST.keys()
    assert {name: size for name, size in sizes.items() if size > MOST[name]} == {}


def test_the_widget_asks_for_its_parts_by_the_name_that_the_server_gives_them(built):
    assert f"?{_version(built)}" in built.joinpath("widget.js").read_text("utf-8")


def test_what_is_packed_by_the_build_is_what_it_built(built):
    if not shutil.which("node"):
        pytest.skip("Node.js unpacks it")
    unpack = (
        "const read = require('fs').readFileSync(0);"
        "process.stdout.write(require('zlib').brotliDecompressSync(read))"
    )
    for path in built.glob("*.js"):
        packed = path.with_name(f"{path.name}.br").read_bytes()
        done = subprocess.run(["node", "-e", unpack], input=packed, capture_output=True, check=True)
        assert done.stdout == path.read_bytes(), path.name


def test_the_widget_names_no_other_server(built):
    known = ("http://www.w3.org/", "https://uri.amap.com/", "https://www.openstreetmap.org/")
    for path in built.glob("*.js"):
        text = path.read_text("utf-8")
        for address in known:
            text = text.replace(address, "")
        assert "http://" not in text.replace("https?:\\/\\/", ""), path.name
        assert "https://" not in text, path.name


def test_the_lock_names_no_place_to_get_packages_from():
    lock = json.loads(WEB.joinpath("package-lock.json").read_text("utf-8"))
    places = {name: package.get("resolved", "") for name, package in lock["packages"].items()}
    assert {name: place for name, place in places.items() if "://" in place} == {}


def test_the_unit_tests_of_the_front_end(require):
    if not (WEB / "node_modules").is_dir() or not shutil.which("npm"):
        require("Node.js and the packages of web/ (make web)")
    run = ["sh", str(WEB / "npm.sh"), sys.executable, "run", "--silent", "test"]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_both_sides_know_the_same_frames():
    text = WEB.joinpath("packages/protocol/src/frames.ts").read_text("utf-8")
    shown = {}
    for body in re.findall(r"\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}", text):
        for kind in re.findall(r'"(\w+)"', "".join(re.findall(r"type: ([^;}]+)", body))):
            shown.setdefault(kind, set()).update(re.findall(r"(\w+)\??:", body))
    for frame in frames.ClientFrame.__args__:
        info = msgspec.inspect.type_info(frame)
        names = {field.encode_name for field in info.fields}
        assert names <= shown[info.tag], info.tag
