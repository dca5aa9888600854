from rasa_sdk import Action
from rasa_sdk.events import (
    ActionExecuted, ActionExecutionRejected, ActiveLoop, AgentUttered, AllSlotsReset, ConversationPaused,
    FollowupAction, Restarted, SessionStarted, SlotSet, UserUttered, UserUtteranceReverted, LoopInterrupted,
)


class Go(Action):
    def name(self):
        return "action_go"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text="做")
        return {
            "restart": [Restarted()],
            "session": [SessionStarted()],
            "user": [ActionExecuted("action_listen"), UserUttered("插话", {"intent": {"name": "hello", "confidence": 0.9}, "entities": [{"entity": "x", "value": "插"}]})],
            "loop": [ActiveLoop("f"), SlotSet("x", None), SlotSet("requested_slot", "x")],
            "reset": [AllSlotsReset()],
            "pause": [ConversationPaused()],
            "rewind": [UserUtteranceReverted()],
            "listen": [FollowupAction("action_listen")],
            "rejected": [SlotSet("x", "2"), ActionExecutionRejected("action_go")],
            "unknown_slot": [SlotSet("nowhere", 1), SlotSet("x", "3")],
            "agent": [AgentUttered("人工")],
            "action": [ActionExecuted("utter_hello")],
            "interrupted": [LoopInterrupted(True)],
            "no_event_key": [{"name": "x", "value": 1}, SlotSet("x", "4")],
            "null_slot": [SlotSet("x")],
        }[tracker.get_slot("what")]
