"""What every tier of tests uses."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as kefu.__main__ does, before numpy is loaded

import hypothesis
import pytest

hypothesis.settings.register_profile("same-every-time", derandomize=True, deadline=None)
hypothesis.settings.load_profile("same-every-time")


@pytest.fixture(autouse=True, scope="session")
def _no_settings_from_outside():
    """Remove Kefu's own variables, so that no test depends on the developer's shell."""
    kept = {"KEFU_REQUIRE_ALL"}
    for name in [name for name in os.environ if name.startswith("KEFU_") and name not in kept]:
        del os.environ[name]


@pytest.fixture(scope="session")
def require():
    """Return a function that skips for want of something, or fails when nothing may be skipped."""

    def missing(what):
        if os.environ.get("KEFU_REQUIRE_ALL") == "1":
            pytest.fail(f"{what} is missing, and KEFU_REQUIRE_ALL=1 allows no skips")
        pytest.skip(f"{what} is missing")

    return missing
