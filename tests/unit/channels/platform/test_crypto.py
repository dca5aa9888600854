"""Our cryptography against wechatpy's: a second opinion."""

import base64

import pytest
from wechatpy.crypto import PrpCrypto, WeChatCrypto

from kefu.channels.platform.crypto import MessageCrypto, check_signature, signature_of
from kefu.channels.platform.xml import read_xml, written_xml
from kefu.errors import ChannelError, Untrusted

KEY = base64.b64encode(bytes(range(32))).decode().rstrip("=")
OLD_KEY = base64.b64encode(bytes(range(1, 33))).decode().rstrip("=")
TOKEN, APPID = "token", "wx0123456789abcdef"
MINE = MessageCrypto(token=TOKEN, keys=[KEY, OLD_KEY], receiver=APPID)


def encrypted(text, *, key=KEY, appid=APPID):
    content = PrpCrypto(WeChatCrypto(TOKEN, key, appid).key).encrypt(text, appid).decode()
    return content, {
        "signature": signature_of(TOKEN, "17", "n", content),
        "timestamp": "17",
        "nonce": "n",
    }


@pytest.mark.parametrize("text", ["", "a", "你好" * 700, "x" * 31, "x" * 32])
def test_what_wechatpy_encrypts_is_opened(text):
    content, signed = encrypted(text)
    assert MINE.open(content, **signed).message.decode() == text


@pytest.mark.parametrize("text", ["", "a", "你好" * 700])
@pytest.mark.parametrize("key", [KEY, OLD_KEY])
def test_an_answer_is_sealed_with_the_key_that_opened_and_wechatpy_reads_it(text, key):
    content, signed = encrypted("<xml/>", key=key)
    opened = MINE.open(content, **signed)
    body = written_xml(MINE.seal(text.encode(), key=opened.key, timestamp="18", nonce="m"))
    fields = read_xml(body)
    theirs = WeChatCrypto(TOKEN, key, APPID)
    signature = fields["MsgSignature"]
    assert theirs.decrypt_message(body.decode(), signature, "18", "m") == text


def test_a_message_for_somebody_else_is_told_from_a_wrong_key():
    content, signed = encrypted("hi", appid="wxSomebodyElse")
    with pytest.raises(Untrusted) as refused:
        MINE.open(content, **signed)
    assert refused.value.what == "foreign_appid"
    other = base64.b64encode(b"k" * 32).decode().rstrip("=")
    content, signed = encrypted("hi", key=other)
    with pytest.raises(Untrusted) as refused:
        MINE.open(content, **signed)
    assert refused.value.what == "malformed"


@pytest.mark.parametrize("content", ["", "%%", "YWJj", base64.b64encode(b"x" * 48).decode()])
def test_nonsense_with_a_right_signature_is_malformed(content):
    signature = signature_of(TOKEN, "1", "n", content)
    with pytest.raises(Untrusted, match="message"):
        MINE.open(content, signature=signature, timestamp="1", nonce="n")


def test_the_signature_is_checked_first():
    content, signed = encrypted("hi")
    for wrong in ("", "0" * 40, "é"):
        with pytest.raises(Untrusted) as refused:
            MINE.open(content, **{**signed, "signature": wrong})
        assert refused.value.what == "bad_signature"
    check_signature(signature_of("a", "b"), "b", "a")


@pytest.mark.parametrize("key", ["", "short", "!" * 43, KEY + "="])
def test_a_wrong_encoding_aes_key_is_named(key):
    with pytest.raises(ChannelError, match="EncodingAESKey"):
        MessageCrypto(token=TOKEN, keys=[key], receiver=APPID)
