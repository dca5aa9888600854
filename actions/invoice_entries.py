"""What customers write into the invoice form: its kind, the buyer, the title, corrections."""

from __future__ import annotations

import re
from typing import Literal

from actions.measures import email_in
from actions.tax_numbers import tax_no_in

__all__ = [
    "PERSONAL_TITLE",
    "buyer_in",
    "company_in",
    "corrections_in",
    "kind_in",
    "title_in",
]

PERSONAL_TITLE = "个人"
KINDS = {"paper": "纸质 纸的 纸票 纸版 寄给我 邮寄", "electronic": "电子 邮件 pdf PDF"}
BUYERS = {"company": "公司 单位 企业 对公 税号", "personal": "个人 自己 私人 本人"}
NOT_WANTED = re.compile(
    r"(?:不要|不是|不用|不开|别开)[^，。,、 ]{0,3}?(?:纸质|纸|电子|公司|单位|个人)的?"
)
LEGAL_FORMS = (
    "有限责任公司|有限公司|股份公司|分公司|公司|集团|事务所|研究院|研究所|合作社|协会|学校|大学|中学|小学"
    "|幼儿园|医院|委员会|工作室|商行|经营部|工厂|中心|银行|书店|酒店|餐厅"
)
NAME = re.compile(rf"[一-鿿A-Za-z0-9（）()·&]{{2,50}}?(?:{LEGAL_FORMS})+")
LEAD = re.compile(
    r".*?(?:(?:发票)?抬头|公司名称?|单位名称?|名称|全称|公司|单位)"
    r"(?:要?写错了|不对|错了)?[，, ]*(?:应该|就|要|请)?(?:是|写|叫|改成|改为|换成|开成|[:：])+\s*"
    r"|.*?(?:改成|改为|换成|应该是|应为|抬头开?|开给|帮我?给|请给|^给)\s*"
    r"|^(?:就|请|要)?(?:写|填|开)(?!心|元|封|平|发)"
)
TAIL = re.compile(
    r"[，,。;；\s]*(?:的?(?:税号|统一社会信用代码|纳税人识别号).*|开(?:个|张)?(?:发)?票.*)$"
)
TITLE = re.compile(r"(?=.*[一-鿿A-Za-z])[一-鿿A-Za-z0-9（）()·&.,，、 -]{2,60}")
NUMBER = re.compile(r"\d{8,}")
NOBODY = re.compile(
    r"(?:我|我们|咱们?|你们?|他们?|一家?|单|某|这个|那个)?的?(?:公司|单位|学校|医院|中心)"
)
FIELDS = {
    "tax_no": "税号 信用代码 识别号",
    "invoice_title": "抬头 公司名 单位名 名称 名字",
    "email": "邮箱 邮件地址",
    "invoice_address": "地址",
}
DOUBT = re.compile(r"错|不对|有误|更正|改|换|重新|重填|不是")
LONGEST = 300
"""Characters of a message that are looked at: nobody names a company after that many."""
CHANGED_ADDRESS = re.compile(r"(?:改成|改为|换成|寄到|应该是|换到|改到)\s*(.{8,200})")


def kind_in(text: str) -> Literal["electronic", "paper"] | None:
    """Return the kind of invoice that is wanted; the one named last counts."""
    return _last_named(text, KINDS)  # type: ignore[return-value]


def buyer_in(text: str) -> Literal["personal", "company"] | None:
    """Return whom the invoice is for; the one named last counts."""
    return _last_named(text, BUYERS)  # type: ignore[return-value]


def _last_named(text: str, words: dict[str, str]) -> str | None:
    wanted = NOT_WANTED.sub("", text[:LONGEST])
    places = {
        name: max(wanted.rfind(word) for word in choices.split()) for name, choices in words.items()
    }
    best = max(places, key=lambda name: places[name])
    return best if places[best] >= 0 else None


def company_in(text: str) -> str | None:
    """Return a company's full name said in passing, None where only "our company" is said."""
    for part in re.split(r"[，,。;；\s]+", TAIL.sub("", NUMBER.sub("，", text[:LONGEST]))):
        found = NAME.search(LEAD.sub("", part))
        name = found.group() if found else ""
        if len(name) >= 6 and not NOBODY.fullmatch(name):
            return name
    return None


def title_in(text: str) -> str | None:
    """Return the title from an answer to the question for it; None if there is nothing usable."""
    named = company_in(text)
    if named:
        return named
    bare = TAIL.sub("", LEAD.sub("", text.strip()[:LONGEST], count=1)).strip(" ，,。")
    is_name = TITLE.fullmatch(bare) and not NOBODY.fullmatch(bare) and not bare.isdigit()
    return bare if is_name else None


def corrections_in(text: str) -> dict[str, str | None]:
    """Return the entries that a message corrects; None: it says only that one is wrong."""
    changed: dict[str, str | None] = {}
    text = text[:LONGEST]
    if not DOUBT.search(text):
        return changed
    for slot, words in FIELDS.items():
        if any(word in text for word in words.split()):
            changed[slot] = _new_value(slot, text)
    company = company_in(text)
    without_names = text.replace(company, "") if company else text
    kind, buyer = kind_in(without_names), buyer_in(without_names)
    if kind and "invoice_address" not in changed and "email" not in changed:
        changed["invoice_kind"] = kind
    if buyer and not changed:
        changed["invoice_buyer"] = buyer
    return changed


def _new_value(slot: str, text: str) -> str | None:
    match slot:
        case "tax_no":
            return tax_no_in(text)
        case "email":
            return email_in(text)
        case "invoice_title":
            return company_in(text)
        case _:
            found = CHANGED_ADDRESS.search(text)
            return found.group(1).strip(" 。") if found else None
