from rasa_sdk import FormValidationAction


class Validate(FormValidationAction):
    def name(self):
        return "validate_claim_form"

    async def required_slots(self, domain_slots, dispatcher, tracker, domain):
        amount = tracker.get_slot("amount")
        if isinstance(amount, (int, float)) and amount > 100:
            return domain_slots + ["reason", "manager"]
        return domain_slots

    async def extract_manager(self, dispatcher, tracker, domain):
        text = tracker.latest_message.get("text") or ""
        if text.startswith("主管是"):
            return {"manager": text[3:]}
        return {}

    def validate_kind(self, value, dispatcher, tracker, domain):
        if value == "不行":
            dispatcher.utter_message(text="没有这一类")
            return {"kind": None}
        if value == "算了":
            return {"kind": None, "requested_slot": None}
        if value == "机票":
            return {"kind": "差旅（机票）"}
        return {"kind": value}

    def validate_amount(self, value, dispatcher, tracker, domain):
        if not isinstance(value, (int, float)) or value < 0:
            dispatcher.utter_message(text="金额不对")
            return {"amount": None}
        return {"amount": value}
