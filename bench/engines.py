"""The two programs that are measured. They share their command line and HTTP API."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
WORK = ROOT / "bench" / "work"
RASA_VERSION = "3.6.21"
NO_RASA = (
    f"Rasa {RASA_VERSION} is not measured: it needs Python 3.10, and there is none here. Install"
    " one (pyenv install 3.10), or name an environment that has Rasa:"
    " RASA_ENV=FOLDER make bench-rasa"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """A program under measurement."""

    name: str
    command: tuple[str, ...]
    site_packages: Path
    config: str = "config.yml"
    """The file that names the learners of the shop project."""
    environment: dict[str, str] = field(default_factory=dict)

    def call(self, *arguments):
        """Return the command line of one call."""
        return [*self.command, *arguments]


def kefu():
    """Return this checkout."""
    folder = Path(sys.executable).parent
    lib = next(folder.parent.glob("lib/python3*/site-packages"))
    return Engine(name="kefu", command=(str(folder / "kefu"),), site_packages=lib)


def python_3_10():
    """Return an interpreter that Rasa runs on, or None."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    candidates = [shutil.which("python3.10"), *sorted(pyenv.glob("versions/3.10.*/bin/python"))]
    for python in filter(None, candidates):
        if subprocess.run([python, "-V"], capture_output=True).returncode == 0:
            return str(python)
    return None


def rasa():
    """Return real Rasa, installing it first where it is missing; None without Python 3.10."""
    home = Path(os.environ.get("RASA_ENV") or WORK / "rasa-env")
    if not (home / "bin" / "rasa").exists():
        python = python_3_10()
        if python is None:
            return None
        print(f"installing Rasa {RASA_VERSION} into {home} (2.7 GB) ...", flush=True)
        subprocess.run([python, "-m", "venv", str(home)], check=True)
        packages = [f"rasa=={RASA_VERSION}", "jieba", "setuptools<81"]
        subprocess.run([str(home / "bin" / "pip"), "install", "-q", *packages], check=True)
    return Engine(
        name="rasa",
        command=(str(home / "bin" / "rasa"),),
        site_packages=next(home.glob("lib/python3*/site-packages")),
        config="bench/rasa/config.yml",
        environment={"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
