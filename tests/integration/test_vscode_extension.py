"""The extension for VS Code: what it starts, and that it says everything in both languages."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXTENSION = ROOT / "editors" / "vscode"
HOST = Path(__file__).with_name("vscode_host.js")


@pytest.fixture
def activated(require):
    node = shutil.which("node")
    if node is None:
        require("Node.js")

    def activate(*folders, **given):
        wanted = {"folders": [str(one) for one in folders], "command": [], **given}
        done = subprocess.run(
            [node, HOST, json.dumps(wanted), EXTENSION / "extension.js"],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert not done.stderr, done.stderr
        return json.loads(done.stdout)

    return activate


@pytest.fixture
def folders(tmp_path):
    """A project with Kefu of its own, a folder that a project is in, and one without any."""
    own, above, other = (tmp_path / name for name in ("我的 bot", "above", "other"))
    for path in (own / "domain.yml", own / ".venv/bin/kefu", above / "bot/config.yml", other / "x"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return own, above, other


def test_each_project_is_served_by_its_own_kefu(activated, folders):
    own, above, _ = folders
    first, second = activated(*folders)["started"]
    assert (first["command"], first["args"]) == (str(own / ".venv/bin/kefu"), ["lsp"])
    assert first["options"]["cwd"] == first["folder"] == str(own)
    assert [one["pattern"] for one in first["documents"]] == [f"{own}/**/*"]
    assert (second["command"], second["folder"]) == ("kefu", str(above))


def test_a_setting_says_how_kefu_is_run(activated, folders):
    command = ["docker", "exec", "-w", "${workspaceFolder}", "kefu"]
    (found,) = activated(folders[0], command=command)["started"]
    assert found["command"] == "docker"
    assert found["args"] == ["exec", "-w", str(folders[0]), "kefu", "lsp"]
    assert found["documents"] == [{"scheme": "file", "language": "yaml"}]


@pytest.mark.parametrize(("then", "started", "disposed"), [("restart", 2, 2), ("remove", 1, 1)])
def test_servers_end_with_their_folders(activated, folders, then, started, disposed):
    seen = activated(folders[0], then=then)
    assert (len(seen["started"]), seen["disposed"]) == (started, disposed)


def test_it_is_said_when_kefu_is_not_there(activated, folders):
    seen = activated(folders[1], fails=True)
    assert seen["said"] == ["Kefu could not be started as kefu: not there"]


def test_everything_is_said_in_both_languages():
    package = (EXTENSION / "package.json").read_text("utf-8")
    used = set(re.findall(r'"%(\w+)%"', package))
    for name in ("package.nls.json", "package.nls.zh-cn.json"):
        assert set(json.loads((EXTENSION / name).read_text("utf-8"))) == used
    said = re.findall(r"l10n\.t\('([^']+)'", (EXTENSION / "extension.js").read_text("utf-8"))
    chinese = json.loads((EXTENSION / "l10n/bundle.l10n.zh-cn.json").read_text("utf-8"))
    assert set(said) == set(chinese)
