"""A customer is verified by a one-time code: rules, test stories and processes, all real."""

import json
import re

import pytest

from tests.integration.command import Server, kefu, wait_until

CONFIG = """
language: en
pipeline:
- name: WhitespaceTokenizer
- name: KeywordIntentClassifier
policies:
- name: RulePolicy
"""
DOMAIN = """
version: "3.1"
intents: [change_address, delete_account, faq, stop, resend_code]
slots:
  task:
    type: categorical
    values: [address, account]
    mappings:
    - {type: from_intent, intent: change_address, value: address}
    - {type: from_intent, intent: delete_account, value: account}
  verification:
    type: categorical
    values: [passed, failed]
    mappings: [{type: custom}]
  phone: &kept {type: text, influence_conversation: false, mappings: [{type: custom}]}
  verified_phone: *kept
  code_phone: *kept
  customer_id: *kept
  customer_phone: *kept
  verified_until: {type: any, influence_conversation: false, mappings: [{type: custom}]}
actions: [action_delete_account]
responses:
  utter_address: [{text: The address is changed.}]
  utter_refused: [{text: Then I cannot do that.}]
  utter_faq: [{text: Shipping is free.}]
  utter_stopped: [{text: All right.}]
  utter_default: [{text: Pardon?}]
"""
NLU = """
version: "3.1"
nlu:
- intent: change_address
  examples: |
    - change my address
- intent: delete_account
  examples: |
    - delete my account
- intent: faq
  examples: |
    - is shipping free
- intent: stop
  examples: |
    - forget it
- intent: resend_code
  examples: |
    - send it again
"""
RULES = """
version: "3.1"
rules:
- rule: sensitive
  steps:
  - or: [{intent: change_address}, {intent: delete_account}]
  - action: action_verify_customer
  - active_loop: action_verify_customer
- rule: verified, address
  condition:
  - active_loop: action_verify_customer
  - slot_was_set: [{verification: passed}, {task: address}]
  steps:
  - action: action_verify_customer
  - active_loop: null
  - action: utter_address
- rule: verified, account
  condition:
  - active_loop: action_verify_customer
  - slot_was_set: [{verification: passed}, {task: account}]
  steps:
  - action: action_verify_customer
  - active_loop: null
  - action: action_delete_account
- rule: not verified
  condition:
  - active_loop: action_verify_customer
  - slot_was_set: [{verification: failed}]
  steps:
  - action: action_verify_customer
  - active_loop: null
  - action: utter_refused
- rule: faq
  steps:
  - intent: faq
  - action: utter_faq
- rule: another code, where none is waited for
  steps:
  - intent: resend_code
  - action: utter_default
- rule: giving up
  steps:
  - intent: stop
  - action: action_deactivate_loop
  - active_loop: null
  - action: utter_stopped
"""
STORIES = """
version: "3.1"
stories:
- story: a question in between, then the right code
  steps:
  - user: change my address
    intent: change_address
  - slot_was_set: [{task: address}]
  - action: action_verify_customer
  - active_loop: action_verify_customer
  - user: is shipping free
    intent: faq
  - action: utter_faq
  - action: action_verify_customer
  - active_loop: action_verify_customer
  - user: send it again
    intent: resend_code
  - action: action_verify_customer
  - slot_was_set: [{verification: passed}]
  - active_loop: null
  - action: utter_address
- story: verified before
  steps:
  - user: delete my account
    intent: delete_account
  - slot_was_set: [{task: account}]
  - action: action_verify_customer
  - active_loop: action_verify_customer
  - slot_was_set: [{verification: passed}]
  - active_loop: null
  - action: action_delete_account
- story: failed
  steps:
  - user: delete my account
    intent: delete_account
  - slot_was_set: [{task: account}]
  - action: action_verify_customer
  - active_loop: action_verify_customer
  - slot_was_set: [{verification: failed}]
  - active_loop: null
  - action: utter_refused
- story: given up
  steps:
  - user: change my address
    intent: change_address
  - slot_was_set: [{task: address}]
  - action: action_verify_customer
  - active_loop: action_verify_customer
  - user: forget it
    intent: stop
  - action: action_deactivate_loop
  - active_loop: null
  - action: utter_stopped
"""
SENDER = '''
import pathlib


class Codes:
    """Writes codes into a file."""

    @classmethod
    def from_settings(cls, settings):
        return cls()

    async def send(self, message):
        with open("sent.txt", "a") as sent:
            sent.write(f"{message.phone} {message.code}\\n")
'''
ACTION = '''
import os
import pathlib

from rasa_sdk import Action


class ActionDeleteAccount(Action):
    """Deletes the account; its process dies once when the test wants that."""

    def name(self):
        return "action_delete_account"

    def run(self, dispatcher, tracker, domain):
        wish = pathlib.Path("die")
        if wish.exists():
            wish.unlink()
            os._exit(9)
        dispatcher.utter_message(text="The account is deleted.")
        return []
'''
ENDPOINTS = """
action_endpoint:
  actions_module: actions
customers:
  slots: {user: customer_id, verified_phone: customer_phone}
code_sender:
  name: connectors.codes.Codes
  gap_seconds: 1
"""
PHONE = "13800000001"


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A trained project that sends codes into a file."""
    folder = tmp_path_factory.mktemp("verified")
    texts = {
        "config.yml": CONFIG,
        "domain.yml": DOMAIN,
        "endpoints.yml": ENDPOINTS,
        "credentials.yml": "rest:\n",
        "data/nlu.yml": NLU,
        "data/rules.yml": RULES,
        "tests/test_stories.yml": STORIES,
        "actions/__init__.py": ACTION,
        "connectors/__init__.py": "",
        "connectors/codes.py": SENDER,
    }
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    done = kefu("train", cwd=folder)
    assert done.status == 0, done.out + done.err
    return folder


def last_code(folder):
    return folder.joinpath("sent.txt").read_text().split()[-1]


def wrong(code):
    return f"{(int(code) + 1) % 1_000_000:06}"


def says(server, sender, text):
    status, answer = server.call(
        "/webhooks/rest/webhook", json.dumps({"sender": sender, "message": text})
    )
    assert status == 200, answer
    return [message["text"] for message in json.loads(answer)]


def test_the_project_is_clean_and_its_stories_are_predicted_like_a_forms(shop):
    done = kefu("data", "validate", cwd=shop)
    assert (done.status, "0 errors" in done.out or "No problems" in done.out) == (0, True), done.out
    assert "unused" not in done.out
    done = kefu("test", "e2e", "--fail-on-prediction-errors", "--no-plot", cwd=shop)
    assert done.status == 0, done.out


def test_a_guest_is_verified_over_several_processes(shop):
    with Server("--workers", "2", "--enable-api", cwd=shop) as server:
        assert "What is your phone number?" in says(server, "ann", "change my address")[0]
        assert says(server, "ann", "is shipping free")[0] == "Shipping is free."
        (sent,) = says(server, "ann", f"it is {PHONE}")
        assert "138****0001" in sent
        code = last_code(shop)
        assert code not in sent
        again = says(server, "ann", "is shipping free")
        assert again[0] == "Shipping is free."
        assert "6 digits" in again[1]
        assert "2 more times" in says(server, "ann", wrong(code))[0]
        assert says(server, "ann", code) == ["The address is changed."]
        # For half an hour nothing more is asked.
        assert says(server, "ann", "delete my account") == ["The account is deleted."]
        # A code is of no use in another conversation.
        says(server, "bob", "change my address")
        answer = says(server, "bob", PHONE)
        assert "The address is changed." not in answer
        assert "The address is changed." not in says(server, "bob", code)

        metrics = server.call("/metrics")[1]
        assert re.search(r"^kefu_codes_right_total(\{.*\})? 1", metrics, re.MULTILINE)
        status, events = server.call("/conversations/ann/tracker?include_events=ALL")
        assert status == 200
        said = [event for event in json.loads(events)["events"] if event["event"] != "user"]
        assert code not in json.dumps(said)
        assert server.stop() == 0


def test_another_sensitive_matter_in_between_is_what_the_code_is_for(shop):
    with Server("--enable-api", cwd=shop) as server:
        says(server, "fay", "change my address")
        says(server, "fay", "13800000007")
        assert "6 digits" in says(server, "fay", "delete my account")[0]
        assert says(server, "fay", last_code(shop)) == ["The account is deleted."]
        assert server.stop() == 0


def test_a_process_that_dies_after_the_right_code_costs_the_customer_nothing(shop):
    with Server("--workers", "2", "--enable-api", cwd=shop) as server:
        says(server, "eve", "delete my account")
        says(server, "eve", "13800000006")
        code, sent = last_code(shop), shop.joinpath("sent.txt").read_text()
        shop.joinpath("die").touch()
        with pytest.raises(OSError, match=r"."):
            says(server, "eve", code)

        def replies():
            status, tracker = server.call("/conversations/eve/tracker?include_events=ALL")
            events = json.loads(tracker)["events"] if status == 200 else []
            return [event["text"] for event in events if event["event"] == "bot"]

        # Another process takes the turn again: the code is right still, and no other is sent.
        wait_until(lambda: "The account is deleted." in replies(), 30)
        assert shop.joinpath("sent.txt").read_text() == sent
        assert server.stop() == 0


def test_giving_up_and_being_locked_out(shop):
    with Server("--enable-api", cwd=shop) as server:
        says(server, "cat", "delete my account")
        assert "Then I cannot" not in says(server, "cat", "13800000003")[0]
        assert says(server, "cat", "forget it") == ["All right."]
        assert says(server, "cat", last_code(shop)) == ["Pardon?"]

        says(server, "dan", "delete my account")
        says(server, "dan", "13800000004")
        code = last_code(shop)
        says(server, "dan", wrong(code))
        says(server, "dan", wrong(code))
        assert says(server, "dan", wrong(code))[-1] == "Then I cannot do that."
        assert says(server, "dan", code) == ["Pardon?"]
        assert server.stop() == 0


def test_the_shell_verifies_as_well_and_says_honestly_when_nobody_sends(shop):
    heard = kefu("shell", cwd=shop, said="change my address\n13800000005\n000000\n/stop\n")
    assert "138****0005" in heard.out, heard.out + heard.err
    assert "That is not the code" in heard.out
    endpoints = shop / "endpoints.yml"
    endpoints.write_text("")
    try:
        heard = kefu("shell", cwd=shop, said="change my address\n/stop\n")
    finally:
        endpoints.write_text(ENDPOINTS)
    assert "I cannot send a verification code" in heard.out
    assert "Then I cannot do that." in heard.out
