from rasa_sdk import Action
from rasa_sdk.events import Restarted, SlotSet, UserUtteranceReverted


class Restart(Action):
    def name(self):
        return "action_restart"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text="自己重来")
        return [Restarted()]


class Back(Action):
    def name(self):
        return "action_back"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text="自己退回")
        return [UserUtteranceReverted()]


class Extract(Action):
    def name(self):
        return "action_extract_slots"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text="自己填槽")
        values = list(tracker.get_latest_entity_values("x"))
        return [SlotSet("x", "自" + values[-1])] if values else []
