"""``kefu lsp`` in a real editor: Neovim, with the client that it has built in."""

import json
import shutil
import subprocess
from pathlib import Path

from kefu.project.load import load_project
from tests.integration.command import KEFU, environment
from tests.unit.lsp.project import write

SCRIPT = Path(__file__).with_name("neovim.lua")


def test_what_is_done_in_neovim(tmp_path, require):
    nvim = shutil.which("nvim")
    if nvim is None:
        require("Neovim")
    root = write(tmp_path / "我的 bot 😀")
    homes = {f"XDG_{kind}_HOME": str(tmp_path / kind) for kind in ("STATE", "CACHE", "CONFIG")}
    done = subprocess.run(
        [nvim, "--headless", "-n", "-u", "NONE", "-i", "NONE", "-c", f"luafile {SCRIPT}"],
        cwd=root,
        env={**environment(), **homes, "COMMAND": json.dumps([*KEFU, "lsp"])},
        capture_output=True,
        text=True,
        timeout=120,
    )
    seen = json.loads(done.stdout)
    assert "trouble" not in seen, seen
    assert "did you mean 'order'" in seen["problem"]
    assert seen["underlined"] == "odrer"
    assert seen["declaration"] == "domain.yml: utter_greet:"
    assert sorted(seen["hints"]) == [
        "lint.duplicate-example: hello",
        "lint.unmarked-value: noodles",
    ]
    assert seen["completed"].endswith("😀 [noodles](dish) today 😀 [rice](dish)")
    assert "10 examples" in seen["hover"]
    assert seen["references"] == 3
    assert seen["exit_status"] == 0
    project = load_project(root).project
    assert "买" in project.domain.intents
    assert {example.intent for example in project.nlu.examples} == {"greet", "买"}
    assert "meal" in project.domain.entities
    assert "- 😀 [noodles](meal) today 😀 [rice](meal)" in (root / "data/nlu.yml").read_text(
        "utf-8"
    )
    assert "intent: 买" in (root / "data/rules.yml").read_text("utf-8")
