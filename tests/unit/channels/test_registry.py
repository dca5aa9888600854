"""Channels are named in credentials.yml; a wrong name ends the start with advice."""

import logging
import sys
from types import ModuleType

import pytest

from kefu.channels.base import Capabilities
from kefu.channels.registry import CHANNELS, load_connectors
from kefu.errors import ChannelError
from tests.unit.channels.fakes import a_context

WEB = {"web": {"secret": "0123456789abcdef"}}


def names(connectors):
    return [connector.name for connector in connectors]


def test_the_channels_named_in_credentials_are_loaded_in_their_order():
    assert names(load_connectors({**WEB, "rest": None}, a_context())) == ["web", "rest"]


def test_without_any_channel_rest_and_the_web_page_are_served(monkeypatch):
    monkeypatch.setattr("kefu.channels.web.connector.kept_secret", lambda _: b"0" * 32)
    assert names(load_connectors({}, a_context())) == ["rest", "web"]


def test_the_section_rasa_of_a_rasa_project_is_no_channel():
    connectors = load_connectors({"rest": {}, "rasa": {"url": "http://x/api"}}, a_context())
    assert names(connectors) == ["rest"]


def test_a_channel_of_rasa_that_kefu_lacks_is_left_out_with_a_warning(caplog):
    with caplog.at_level(logging.WARNING):
        assert names(load_connectors({"rest": {}, "slack": {"slack_token": "t"}}, a_context())) == [
            "rest"
        ]
    assert "left out" in caplog.text
    assert caplog.records[0].fields["channel"] == "slack"


def test_an_unknown_channel_is_refused_with_the_known_names_and_the_nearest():
    with pytest.raises(ChannelError, match=r"unknown channel 'rset'.*Did you mean 'rest'") as error:
        load_connectors({"rset": {}}, a_context())
    assert all(name in str(error.value) for name in CHANNELS)


def test_a_wrong_setting_is_refused_with_the_name_of_the_channel():
    with pytest.raises(ChannelError, match="channel 'web': unknown setting 'colour'"):
        load_connectors({"web": {"colour": "red"}}, a_context())


def test_a_connector_of_the_project_is_loaded_by_its_path(monkeypatch):
    class Pigeon:
        name = "pigeon"
        capabilities = Capabilities()

        @classmethod
        def from_settings(cls, settings, context):
            pigeon = cls()
            pigeon.home = settings["home"]
            return pigeon

    module = ModuleType("loft")
    module.Pigeon = Pigeon
    monkeypatch.setitem(sys.modules, "loft", module)
    (pigeon,) = load_connectors({"loft.Pigeon": {"home": "Beijing"}}, a_context())
    assert pigeon.home == "Beijing"


def test_two_channels_of_one_name_are_refused():
    with pytest.raises(ChannelError, match="two channels"):
        load_connectors({"rest": {}, "kefu.channels.rest.RestConnector": {}}, a_context())


def test_a_channel_written_for_rasa_gets_advice(monkeypatch):
    class OldInput:
        @classmethod
        def from_credentials(cls, credentials):
            return cls()

    module = ModuleType("old_channel")
    module.OldInput = OldInput
    monkeypatch.setitem(sys.modules, "old_channel", module)
    with pytest.raises(ChannelError, match=r"ported to kefu\.channels\.base\.Connector"):
        load_connectors({"old_channel.OldInput": {}}, a_context())


@pytest.mark.parametrize(
    ("path", "advice"),
    [
        ("no_such_module.Thing", "cannot be loaded"),
        ("kefu.channels.rest.Missing", "has no class 'Missing'"),
        ("rasa.core.channels.rest.RestInput", "port it"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused_with_advice(path, advice):
    with pytest.raises(ChannelError, match=advice):
        load_connectors({path: {}}, a_context())
