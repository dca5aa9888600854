"""A running desk, fresh for each test."""

import pytest

from tests.desk_serving import running_desk


@pytest.fixture
async def world(tmp_path):
    async with running_desk(tmp_path) as running:
        yield running
