"""The section of credentials.yml: what is wrong is said, with what to do."""

import pytest

from kefu.channels.wecom.settings import WeComSettings
from kefu.errors import ChannelError

GOOD = {
    "corp_id": "ww1",
    "secret": "s",
    "token": "t",
    "encoding_aes_key": "k" * 43,
}


def test_the_needed_settings_suffice():
    settings = WeComSettings.from_raw(GOOD)
    assert settings.keys == ("k" * 43,)
    assert settings.api == "https://qyapi.weixin.qq.com"
    assert settings.keeps_assistant


def test_the_previous_key_is_kept_while_it_is_changed():
    settings = WeComSettings.from_raw({**GOOD, "previous_encoding_aes_key": "p" * 43})
    assert settings.keys == ("k" * 43, "p" * 43)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({**GOOD, "secret": None}, "'secret' is missing"),
        ({**GOOD, "corp_id": 12}, "'corp_id'"),
        ({**GOOD, "welcom": "hi"}, "did you mean 'welcome'"),
        ({**GOOD, "pull_every": 0}, "'pull_every'"),
        ({**GOOD, "pull_every": True}, "'pull_every'"),
        ({**GOOD, "open_kfids": {"a": 1}}, "'open_kfids'"),
        ({**GOOD, "keeps_assistant": "yes"}, "'keeps_assistant'"),
        ({**GOOD, "api": "qyapi.weixin.qq.com"}, "'api'"),
    ],
)
def test_a_wrong_setting_is_named(raw, said):
    with pytest.raises(ChannelError, match=said):
        WeComSettings.from_raw(raw)


def test_secrets_are_not_shown():
    assert "secret='s'" not in repr(WeComSettings.from_raw(GOOD))


def test_an_enter_intent_may_have_its_slash():
    assert WeComSettings.from_raw({**GOOD, "enter_intent": "/greet"}).enter_intent == "greet"
