"""The recorded requests of Rasa's HTTP API, sent to a running server."""

from __future__ import annotations

from tests.conformance.http_api import run_http_api
from tests.conformance.runner import report


def test_the_server_answers_as_was_recorded():
    result = run_http_api()
    assert result.passed, "\n".join(report(result))
