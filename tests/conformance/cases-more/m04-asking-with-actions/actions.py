from rasa_sdk import Action
from rasa_sdk.events import SlotSet


class AskSize(Action):
    def name(self):
        return "action_ask_order_form_size"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(
            text="尺寸？requested=%s" % tracker.get_slot("requested_slot"),
            buttons=[{"title": "大", "payload": '/inform{"size": "大"}'}],
        )
        return [SlotSet("asked", tracker.get_slot("asked") + 1)]


class AskColour(Action):
    def name(self):
        return "action_ask_colour"

    def run(self, dispatcher, tracker, domain):
        if tracker.get_slot("size") == "自动":
            dispatcher.utter_message(text="颜色自动")
            return [SlotSet("colour", "白")]
        dispatcher.utter_message(text="颜色？latest=%s" % tracker.latest_action_name)


class AskNote(Action):
    def name(self):
        return "action_ask_note"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text="不说这句")
