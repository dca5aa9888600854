"""Strategies are named in desk.yml."""

import re
import sys
from types import ModuleType

import pytest

from kefu.desk import round_robin, strategy
from kefu.desk.registry import STRATEGIES, load_strategy
from kefu.errors import ProjectError


@pytest.fixture
def routing(monkeypatch):
    module = ModuleType("shop_routing")
    module.night_shift = lambda *_: []
    module.limit = 5
    monkeypatch.setitem(sys.modules, "shop_routing", module)
    return module


def test_every_name_of_the_table_is_a_strategy():
    assert [load_strategy(name) for name in STRATEGIES] == [strategy.assign, round_robin.assign]


@pytest.mark.parametrize("path", ["shop_routing.night_shift", "shop_routing:night_shift"])
def test_a_project_names_its_own_by_its_path(routing, path):
    assert load_strategy(path) is routing.night_shift


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("least_lod", "did you mean 'least_load'?"),
        ("fairest", "possible: least_load, round_robin; your own"),
        ("", "there is no strategy ''"),
        ("no_such_module.assign", "No module named"),
        (".assign", "there is no strategy"),
        ("shop_routing.", "there is no strategy"),
        ("shop_routing.night_shfit", "did you mean 'night_shift'?"),
        ("shop_routing:limit", "'limit' is no function"),
    ],
)
def test_what_is_no_strategy_is_refused_with_advice(routing, name, told):
    with pytest.raises(ProjectError, match=re.escape(told)):
        load_strategy(name)
