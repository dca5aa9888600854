"""Every recorded case, played on the public path."""

from __future__ import annotations

import warnings

import pytest

from tests.conformance import http_api
from tests.conformance.reading import invalid_folders, nlu_files
from tests.conformance.runner import case_folders, meant_differences, report, run_case


@pytest.mark.parametrize("folder", case_folders(), ids=lambda folder: folder.name)
def test_the_bot_does_what_was_recorded(folder):
    with warnings.catch_warnings():
        # rasa-sdk warns about the projects of some cases; that is part of what they test.
        warnings.filterwarnings("ignore", module=r"rasa_sdk\.")
        result = run_case(folder)
    assert result.passed, "\n".join(report(result))


def test_every_meant_difference_names_a_case_and_a_reason():
    names = {folder.name for folder in case_folders()}
    names |= {f"cases-invalid/{folder.name}" for folder in invalid_folders()}
    names |= {f"nlu-format/{file.stem}" for file in nlu_files()} | {http_api.NAME}
    for case, dialogues in meant_differences().items():
        assert case in names
        assert all(len(reason) > 20 for reason in dialogues.values())
