import pytest

from kefu.clock import ManualClock
from kefu.gateway.gateway import Gateway
from kefu.gateway.settings import GatewaySettings
from kefu.storage.memory import open_memory
from tests.unit.gateway.fakes import EchoBot


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def storage():
    return open_memory()


@pytest.fixture
def bot(clock):
    return EchoBot(clock)


@pytest.fixture
def make_gateway(bot, storage, clock):
    def make(**more):
        settings = GatewaySettings(**more.pop("settings", {}))
        return Gateway(more.pop("bot", bot), storage.stores, clock=clock, settings=settings, **more)

    return make


@pytest.fixture
def gateway(make_gateway):
    return make_gateway()
