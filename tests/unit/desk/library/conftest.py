import pytest

from tests.unit.desk.library.shelves import Shelves


@pytest.fixture
def shelves():
    return Shelves()


@pytest.fixture
def library(shelves):
    return shelves.library
