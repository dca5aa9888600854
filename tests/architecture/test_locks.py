"""The hashed locks hold everything that pyproject.toml asks for, for every version of Python."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads(ROOT.joinpath("pyproject.toml").read_text("utf-8"))
ENTRY = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;]+)(.*?)(?=^\S|\Z)", re.M | re.S)


def names(requirements):
    return {re.split(r"[\s\[<>=;~!]", r)[0].lower().replace("_", "-") for r in requirements}


def locked(name):
    text = ROOT.joinpath("requirements", name).read_text("utf-8")
    return [(entry[0].replace("_", "-"), entry[2]) for entry in ENTRY.findall(text)]


def wanted(name):
    extras, groups = PROJECT["project"]["optional-dependencies"], PROJECT["dependency-groups"]
    if name == "web.txt":
        return names(groups["web"])
    run = names([*PROJECT["project"]["dependencies"], *extras["sdk"], *groups["build"]])
    return (
        run
        if name == "run.txt"
        else run | names([*extras["postgres"], *extras["bert"], *groups["dev"]])
    )


@pytest.mark.parametrize("name", ["run.txt", "dev.txt", "web.txt"])
def test_a_lock_holds_what_is_asked_for(name):
    assert wanted(name) - {package for package, _ in locked(name)} == set()


@pytest.mark.parametrize("name", ["run.txt", "dev.txt", "web.txt"])
def test_every_package_of_a_lock_has_its_hashes(name):
    packages = locked(name)
    assert packages
    assert [package for package, rest in packages if "--hash=sha256:" not in rest] == []


@pytest.mark.parametrize("name", ["run.txt", "dev.txt", "web.txt"])
def test_a_lock_names_no_place_to_get_packages_from(name):
    text = ROOT.joinpath("requirements", name).read_text("utf-8")
    assert "://" not in text
    assert "-index" not in text


def test_what_runs_has_the_same_versions_in_both_locks():
    pattern = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)", re.MULTILINE)
    run, dev = (
        set(pattern.findall(ROOT.joinpath("requirements", name).read_text("utf-8")))
        for name in ("run.txt", "dev.txt")
    )
    assert run - dev == set()
