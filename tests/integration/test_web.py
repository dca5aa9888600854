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
from kefu.staff.permissions import Actor, Permission, allows

ROOT = Path(__file__).parents[2]
WEB = ROOT / "web"
BUILT = ROOT / "kefu" / "server" / "static" / "widget"
MOST = {
    "widget.js": 25_100,
    "more.js": 12_900,
    "en.js": 1_750,
    "zh-Hant.js": 2_000,
    "sw.js": 600,
    "watch.js": 2_600,
    "trace.js": 4_300,
}
"""What the script tag loads, as it is sent: everything for a conversation of words, pictures,
buttons and menus; what is fetched once when it is needed first: cards, files, voice, forms, menu,
emoji; the words of another language."""


DESK = ROOT / "kefu" / "server" / "static" / "desk"
DESK_SOURCE = WEB / "apps" / "desk" / "src"
UNSAID = {"not-allowed", "not-found", "not-signed-in"}
"""Said by the status."""
DESK_MOST = 250_000
"""What a browser fetches until the workbench shows a conversation: scripts, styles, words."""


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


@pytest.fixture(scope="module")
def desk(require):
    if not (DESK / "index.html").is_file():
        require("the built workbench (make web)")
    return json.loads(DESK.joinpath(".vite", "manifest.json").read_text("utf-8"))


def fetched(manifest, entries):
    """Return the files that browsers fetch for some entries: what they import, and styles."""
    chunks, waiting = {}, list(entries)
    while waiting:
        name = waiting.pop()
        if name not in chunks:
            chunks[name] = manifest[name]
            waiting += manifest[name].get("imports", ())
    files = {chunk["file"] for chunk in chunks.values()}
    return files | {style for chunk in chunks.values() for style in chunk.get("css", ())}


def test_the_workbench_is_small_until_it_shows_a_conversation(desk):
    entries = ["index.html", "src/shell/Shell.vue", "src/inbox/InboxScreen.vue"]
    entries += [name for name in desk if re.search(r"zh-CN/index\.ts$|lang/zh-cn\.mjs$", name)]
    assert len(entries) == 5
    files = fetched(desk, entries)
    assert sum(sent(DESK / name) for name in files) <= DESK_MOST


def test_the_screens_of_administration_are_fetched_when_they_are_opened(desk):
    first = fetched(desk, ["index.html", "src/shell/Shell.vue", "src/inbox/InboxScreen.vue"])
    later = [name for name in desk if re.match(r"src/(admin|board|profile|login)/", name)]
    assert len(later) > 10
    assert first.isdisjoint(desk[name]["file"] for name in later)


def test_the_workbench_names_no_other_server(desk):
    known = (
        "http://www.w3.org/",  # names of XML
        "http://localhost",  # what relative addresses are read against
        "https://uri.amap.com",  # places that customers send, opened by a click
        "https://www.openstreetmap.org",
        "https://vuejs.org/",  # in messages of Vue
        "https://element-plus.org/",  # in warnings of its components
    )
    for path in [*DESK.glob("assets/*.js"), *DESK.glob("assets/*.css"), DESK / "index.html"]:
        text = path.read_text("utf-8")
        for address in known:
            text = text.replace(address, "")
        assert re.findall(r"https?://[\w.-]+", text) == [], path.name


def test_the_workbench_has_no_script_in_its_page(desk):
    page = DESK.joinpath("index.html").read_text("utf-8")
    assert re.findall(r"<script(?![^>]* src=)[^>]*>", page) == []
    assert re.findall(r" on\w+=", page) == []


def test_the_workbench_puts_no_text_into_a_page_as_html():
    for path in [*DESK_SOURCE.rglob("*.vue"), *DESK_SOURCE.rglob("*.ts")]:
        text = path.read_text("utf-8")
        found = re.findall(r"v-html|innerHTML|outerHTML|insertAdjacentHTML|document\.write", text)
        assert found == [], path.name


def test_both_sides_know_the_same_permissions():
    text = DESK_SOURCE.joinpath("api", "types.ts").read_text("utf-8")
    shown = re.findall(r'"([\w.]+)"', text.partition("PERMISSIONS = [")[2].partition("]")[0])
    assert sorted(shown) == sorted(Permission)
    known = DESK_SOURCE.joinpath("stores", "allows.ts").read_text("utf-8")
    for narrow, wide in (
        ("session.read.mine", "session.read.all"),
        ("canned.edit.own", "canned.edit.shared"),
    ):
        assert allows(
            Actor(account_id="a1", name="", permissions=frozenset({Permission(wide)})),
            Permission(narrow),
        )
        assert f'"{narrow}"' in known
        assert f'"{wide}"' in known


def test_what_the_server_refuses_has_words_in_the_workbench():
    """Problems of the server that screens show by their name are said in both languages."""
    locale = DESK_SOURCE / "i18n" / "locales" / "zh-CN"
    words = "".join(
        locale.joinpath(f"{name}.ts").read_text("utf-8") for name in ("common", "admin")
    )
    shown = set(re.findall(r'"problem\.([\w-]+)"', words))
    raised = {
        name
        for path in ROOT.joinpath("kefu").rglob("*.py")
        for name in re.findall(r'(?:problem=|DeskError\(\s*)"([\w-]+)"', path.read_text("utf-8"))
    }
    assert sorted(raised - shown - UNSAID) == []
    reasons = set(re.findall(r'"why\.([\w-]+)"', words)) - {"no-skill", "no-group"}
    given = {
        name
        for path in ROOT.joinpath("kefu").rglob("*.py")
        if "evaluation" not in path.parts  # which judges replays in words of its own
        for name in re.findall(r'(?:\bwhy=|"why": )"([\w-]+)"', path.read_text("utf-8"))
    }
    assert reasons == given
