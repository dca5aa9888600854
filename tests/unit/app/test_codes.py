"""The sender of codes that endpoints.yml names."""

import pytest

from connectors.shop_codes import ShopCodes
from kefu.app.codes import ConsoleCodes, code_sender
from kefu.core.verification import CodeMessage
from kefu.errors import ProjectError
from kefu.project.settings import CONSOLE, CodeSettings


def test_a_class_is_loaded_with_its_settings():
    wanted = CodeSettings(name="connectors.shop_codes.ShopCodes", options={"url": "http://x"})
    assert isinstance(code_sender(wanted), ShopCodes)


@pytest.mark.parametrize("name", ["connectors.no.Codes", "connectors.shop_codes.Nobody"])
def test_a_class_that_cannot_be_loaded_is_named(name):
    with pytest.raises(ProjectError, match=name):
        code_sender(CodeSettings(name=name))


async def test_the_console_prints_to_the_terminal(capsys):
    sender = code_sender(CodeSettings(name=CONSOLE))
    assert isinstance(sender, ConsoleCodes)
    await sender.send(CodeMessage(phone="+8613800000001", code="123456", minutes=5))
    printed = capsys.readouterr()
    assert printed.err == "code for +8613800000001: 123456 (5 min)\n"
    assert printed.out == ""
