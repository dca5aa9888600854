from rasa_sdk import Action
from rasa_sdk.events import UserUtteranceReverted


class Fallback(Action):
    def name(self):
        return "action_default_fallback"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text="自己的兜底")
        return [UserUtteranceReverted()]


class Affirm(Action):
    def name(self):
        return "action_default_ask_affirmation"

    def run(self, dispatcher, tracker, domain):
        ranking = tracker.latest_message["intent_ranking"]
        dispatcher.utter_message(text="您是说 %s 吗？" % ranking[1]["name"])
        return []


class Rephrase(Action):
    def name(self):
        return "action_default_ask_rephrase"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text="请再说一遍")
        return []
