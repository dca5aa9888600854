"""The wheel has everything: a project is made, trained and talked to outside the repository."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Return a folder with Kefu as it is after an installation: only what the wheel holds."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def kefu(installed, *arguments, cwd, text=""):
    """Run a command of the installed Kefu, not of the repository."""
    code = f"import kefu; assert kefu.__file__.startswith({str(installed)!r}); "
    code += "from kefu.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=cwd, input=text, capture_output=True, text=True,
        env={"PYTHONPATH": str(installed), "PATH": "", "LANG": "C.UTF-8"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_file_of_the_package_is_in_the_wheel(installed):
    listed = [
        path.relative_to(ROOT)
        for path in ROOT.joinpath("kefu").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    assert [str(path) for path in listed if not (installed / path).is_file()] == []
    assert (installed / "kefu" / "py.typed").is_file()


def test_the_built_widget_is_in_the_wheel_though_git_ignores_it(installed, require):
    built = ROOT / "kefu" / "server" / "static" / "widget"
    if not (built / "widget.js").is_file():
        require("the built widget (make web)")
    packed = installed / "kefu" / "server" / "static" / "widget"
    names = {path.name for path in packed.iterdir()}
    assert {"widget.js", "sw.js", "more.js.br", "index.html", "icon.svg"} <= names


def test_a_new_project_trains_and_talks_outside_the_repository(installed, tmp_path):
    kefu(installed, "init", "demo", "--no-prompt", cwd=tmp_path)
    project = tmp_path / "demo"
    kefu(installed, "train", cwd=project)
    assert len(list(project.glob("models/*.tar.gz"))) == 1
    assert "小叶茶铺" in kefu(installed, "shell", cwd=project, text="你好\n")


def test_the_report_on_understanding_is_drawn_outside_the_repository(installed, tmp_path):
    kefu(installed, "init", "demo", "--no-prompt", cwd=tmp_path)
    project = tmp_path / "demo"
    kefu(installed, "test", "nlu", "--cross-validation", "-f", "2", "-j", "2", cwd=project)
    page = project.joinpath("results", "nlu_report.html").read_text("utf-8")
    assert '<html lang="zh">' in page
    assert "{{" not in page
