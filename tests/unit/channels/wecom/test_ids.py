"""The ids by which messages, deliveries and customers are told apart."""

import re

from kefu.channels.wecom.sending import MSGID, event_msgid
from kefu.channels.wecom.sessions import address_of, recipient_of, recipient_parts


def test_a_message_leads_to_its_delivery():
    assert MSGID.fullmatch("k0a1b2c3d-123-0")["delivery"] == "k0a1b2c3d-123"
    assert MSGID.fullmatch("k0a1b2c3d-123-12-3")["delivery"] == "k0a1b2c3d-123"


def test_what_others_sent_leads_to_no_delivery():
    assert not MSGID.fullmatch("msg-1")
    assert not MSGID.fullmatch("")


def test_the_longest_id_fits():
    longest = f"k0a1b2c3d-{10**16 - 1}-99-99"
    assert MSGID.fullmatch(longest)
    assert len(longest) <= 32


def test_the_answer_to_an_event_has_an_id_of_the_allowed_form():
    assert re.fullmatch(r"[0-9A-Za-z_-]{32}", event_msgid("事件/1"))


def test_a_recipient_names_account_and_customer():
    assert recipient_parts(recipient_of("wkA-1", "wm_2")) == ("wkA-1", "wm_2")
    assert address_of("wkA-1", "wm_2") == "wecom-wkA-1-wm_2"
