"""What ``kefu run`` makes of its options."""

import pytest

from kefu.cli.run_options import RunOptions
from kefu.cli.serving import _Prepared


@pytest.fixture
def options(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "credentials.yml").write_text(
        "rest:\ncallback:\n  url: https://shop.example/in\n  token: t\n"
    )

    def of(connector):
        given = {
            "model": tmp_path / "models",
            "endpoints": tmp_path / "endpoints.yml",
            "credentials": tmp_path / "credentials.yml",
            "connector": connector,
            "enable_api": True,
            "cors": (),
            "response_timeout": 1.0,
            "port": 0,
            "workers": 1,
        }
        (tmp_path / "endpoints.yml").touch()
        return RunOptions(**dict.fromkeys(RunOptions.__dataclass_fields__) | given)

    return of


def channels(options):
    return _Prepared.of(options).settings.credentials.channels


@pytest.mark.parametrize(
    ("connector", "expected"),
    [
        ("callback", {"callback": {"url": "https://shop.example/in", "token": "t"}}),
        ("rest", {"rest": {}}),
        ("web", {"web": {}}),
        (None, {"rest": {}, "callback": {"url": "https://shop.example/in", "token": "t"}}),
    ],
)
def test_the_only_channel_keeps_its_settings(options, connector, expected):
    assert channels(options(connector)) == expected
