import datetime

from rasa_sdk import Action
from rasa_sdk.events import ConversationPaused, ReminderCancelled, ReminderScheduled


def soon(seconds=1):
    return datetime.datetime.now() + datetime.timedelta(seconds=seconds)


class Again(Action):
    def name(self):
        return "action_again"

    def run(self, dispatcher, tracker, domain):
        return [
            ReminderScheduled(
                "EXTERNAL_a", soon(), name="r_" + tracker.sender_id, kill_on_user_message=False
            )
        ]


class Dict(Action):
    def name(self):
        return "action_dict"

    def run(self, dispatcher, tracker, domain):
        first = ReminderScheduled(
            "EXTERNAL_a",
            soon(0.8),
            entities={"item": "甲"},
            name="a_" + tracker.sender_id,
            kill_on_user_message=False,
        )
        second = ReminderScheduled(
            "EXTERNAL_b",
            soon(1.4),
            entities=[{"entity": "item", "value": "乙"}],
            name="b_" + tracker.sender_id,
            kill_on_user_message=False,
        )
        return [first, second]


class CancelName(Action):
    def name(self):
        return "action_cancel_name"

    def run(self, dispatcher, tracker, domain):
        return [ReminderCancelled(name="a_" + tracker.sender_id)]


class CancelIntent(Action):
    def name(self):
        return "action_cancel_intent"

    def run(self, dispatcher, tracker, domain):
        return [ReminderCancelled(intent="EXTERNAL_b")]


class CancelEntities(Action):
    def name(self):
        return "action_cancel_entities"

    def run(self, dispatcher, tracker, domain):
        return [ReminderCancelled(entities=[{"entity": "item", "value": "乙"}])]


class Pause(Action):
    def name(self):
        return "action_pause"

    def run(self, dispatcher, tracker, domain):
        return [ConversationPaused()]
