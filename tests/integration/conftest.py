"""A starter project, created and trained once for all tests that need one."""

import shutil

import pytest

from tests.integration.command import kefu


@pytest.fixture(scope="session")
def trained_project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("starter")
    assert kefu("init", "--no-prompt", "--language", "en", "tea", cwd=folder).status == 0
    done = kefu("train", cwd=folder / "tea")
    assert done.status == 0, done.err
    return folder / "tea"


@pytest.fixture
def project(trained_project, tmp_path):
    """A copy of the trained starter project, to be changed at will."""
    folder = tmp_path / "tea"
    shutil.copytree(trained_project, folder, ignore=shutil.ignore_patterns("results", "var"))
    return folder
