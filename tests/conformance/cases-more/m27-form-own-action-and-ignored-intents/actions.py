from rasa_sdk import Action
from rasa_sdk.events import SlotSet


class Own(Action):
    def name(self):
        return "own_form"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text="自己的表单")
        return [SlotSet("x", "自己")]
