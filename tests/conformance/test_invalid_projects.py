"""Every faulty project of the recordings."""

from __future__ import annotations

import pytest

from tests.conformance.reading import invalid_folders, run_invalid
from tests.conformance.runner import report


@pytest.mark.parametrize("folder", invalid_folders(), ids=lambda folder: folder.name)
def test_a_faulty_project_is_refused_or_accepted_as_recorded(folder, tmp_path):
    result = run_invalid(folder, tmp_path)
    assert result.passed, "\n".join(report(result))
