"""Customers who are generated: names, phones, where they live. All of them are made up."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

__all__ = ["CITIES", "Person", "people"]

MANY = 324
_FIRST = 10_007
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余"
_FEMALE = "欣怡 雨桐 梓涵 静 丽娟 秀英 晓燕 思琪 佳怡 婷婷 敏 雪梅 玉兰 可馨 诗涵 梦瑶 艳 倩 春梅"
_MALE = "伟 强 磊 浩然 子轩 宇航 建国 志强 俊杰 明 鹏飞 涛 博文 天宇 家豪 军 晨曦 国栋 立新 凯"
CITIES = (
    ("浙江省杭州市", "西湖区 滨江区 余杭区"),
    ("上海市", "浦东新区 徐汇区 闵行区"),
    ("江苏省南京市", "玄武区 鼓楼区 江宁区"),
    ("江苏省苏州市", "姑苏区 吴中区 工业园区"),
    ("北京市", "朝阳区 海淀区 丰台区"),
    ("广东省广州市", "天河区 越秀区 番禺区"),
    ("广东省深圳市", "南山区 福田区 龙岗区"),
    ("四川省成都市", "武侯区 锦江区 高新区"),
    ("湖北省武汉市", "洪山区 江汉区 武昌区"),
    ("陕西省西安市", "雁塔区 碑林区 未央区"),
    ("山东省青岛市", "市南区 崂山区 黄岛区"),
    ("湖南省长沙市", "岳麓区 天心区 雨花区"),
    ("重庆市", "渝北区 江北区 南岸区"),
    ("福建省厦门市", "思明区 湖里区 集美区"),
    ("河南省郑州市", "金水区 中原区 二七区"),
    ("新疆维吾尔自治区乌鲁木齐市", "天山区 沙依巴克区"),
)
_ROADS = ("示例路", "样板街", "演示大道", "范例巷")


@dataclass(slots=True)
class Person:
    """One customer before the database has them."""

    customer_id: str
    phone: str
    name: str
    gender: str
    city: str
    address: str
    joined: float
    """Hours ago."""
    tags: list[str] = field(default_factory=list)


def people() -> list[Person]:
    """Return the customers; the same ones each time."""
    random = Random("people")
    return [_person(number, random) for number in range(MANY)]


def _person(number: int, random: Random) -> Person:
    gender = random.choice(("female", "female", "male", "male", ""))
    given = {"female": _FEMALE, "male": _MALE}.get(gender) or f"{_FEMALE} {_MALE}"
    city, districts = random.choice(CITIES)
    road, house = random.choice(_ROADS), random.randrange(1, 200)
    flat = f"{random.randrange(1, 20)} 幢 {random.randrange(1, 30)}0{random.randrange(1, 5)} 室"
    return Person(
        customer_id=f"C{_FIRST + number}",
        phone=f"139000{number + 1:05}",
        name=random.choice(_SURNAMES) + random.choice(given.split()),
        gender=gender,
        city=city,
        address=f"{city}{random.choice(districts.split())}{road} {house} 号 {flat}",
        joined=random.uniform(2_000, 30_000),
    )
