"""What the demonstration shop sells and who has bought what: all of it is made up.

The rows are in catalogue.json. Times of orders are given there in hours before the day the
database is made, so that "signed the day before yesterday" stays true (see seed/rows.py).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_ROWS: dict[str, list[dict[str, Any]]] = json.loads(
    Path(__file__).with_name("catalogue.json").read_text(encoding="utf-8")
)
PRODUCTS = _ROWS["products"]
CUSTOMERS = _ROWS["customers"]
ORDERS = _ROWS["orders"]
RETURNS = _ROWS["returns"]
RETURN_TRACES: list[Any] = _ROWS["return_traces"]
COUPONS = _ROWS["coupons"]
GIFT_CARDS = _ROWS["gift_cards"]
COMPLAINTS = _ROWS["complaints"]
PRESALES = _ROWS["presales"]

NOT_RETURNABLE_CATEGORIES = ("食品", "个护")
"""Opened goods of these categories can be returned for faults only."""

BEST_SELLERS = ("P013", "P005", "P001", "P011", "P020")

REMOTE_REGIONS: dict[str, tuple[str, ...]] = {
    "新疆": ("新疆", "乌鲁木齐", "喀什", "伊犁", "克拉玛依", "阿克苏", "库尔勒"),
    "西藏": ("西藏", "拉萨", "日喀则", "林芝"),
    "青海": ("青海", "西宁", "格尔木"),
    "宁夏": ("宁夏", "银川", "吴忠"),
    "内蒙古": ("内蒙古", "呼和浩特", "包头", "鄂尔多斯", "赤峰"),
    "海南": ("海南", "海口", "三亚"),
}
NEAR_CITIES = (
    "浙江",
    "杭州",
    "宁波",
    "温州",
    "嘉兴",
    "绍兴",
    "金华",
    "上海",
    "江苏",
    "南京",
    "苏州",
    "无锡",
    "常州",
    "南通",
)
NOT_SERVED = ("香港", "澳门", "台湾", "台北", "海外", "国外", "美国", "日本", "新加坡")
