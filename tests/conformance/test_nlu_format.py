"""Every NLU file of the recordings."""

from __future__ import annotations

import pytest

from tests.conformance.reading import nlu_files, run_nlu_file
from tests.conformance.runner import report


@pytest.mark.parametrize("file", nlu_files(), ids=lambda file: file.stem)
def test_an_nlu_file_is_understood_as_recorded(file):
    result = run_nlu_file(file)
    assert result.passed, "\n".join(report(result))
