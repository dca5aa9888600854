from rasa_sdk import Action
from rasa_sdk.events import SlotSet
class S(Action):
    def name(self): return "action_set"
    def run(self, d, t, dom): return [SlotSet("flag", True)]
