"""Figures in the shop's rules, its code and what the assistant says are the same ones."""

import re
from pathlib import Path

import pytest
import yaml

from actions.compensation_policy import policy
from examples.shop.aftersales import FAULT_DAYS, NO_REASON_DAYS
from examples.shop.api.fields import MOST_PHOTOS
from examples.shop.api.goods import CLOSING, OPENING
from examples.shop.catalogue import COUPONS, REMOTE_REGIONS
from examples.shop.customers import DELETION_DAYS, LEVELS
from examples.shop.goods import delivery_to
from examples.shop.money import INVOICE_DAYS, PRICE_PROTECTION_DAYS, REFUND_DAYS
from examples.shop.orders import DISPATCH_HOURS, LATEST_DELIVERY_DAYS
from examples.shop.parcels import PICKUP_DAYS, PICKUP_HOURS, SILENT_HOURS
from examples.shop.storefront.sessions import WRONG_PASSWORDS

ROOT = Path(__file__).parents[3]
KNOWLEDGE = ROOT / "data" / "knowledge"
POLICIES = (KNOWLEDGE / "policies.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.+)\n((?:(?!## ).*\n?)*)", POLICIES, re.MULTILINE))
NEAR, FAR, REMOTE = (delivery_to(city) for city in ("杭州", "成都", "拉萨"))
FREE_FROM, FREIGHT = NEAR["free_from"], NEAR["fee"]
POLICY = policy()


def _responses(path):
    said = (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("responses") or {}
    return {
        f"{path.name}: {name}": variation["text"]
        for name, variations in said.items()
        for variation in variations
        if isinstance(variation.get("text"), str)
    }


TEXTS = {path.name: path.read_text(encoding="utf-8") for path in KNOWLEDGE.rglob("*.md")}
for file in (ROOT / "domain.yml", *sorted(KNOWLEDGE.rglob("*.yml"))):
    TEXTS |= _responses(file)

RULES = [
    ("发货", f"不超过付款后 {DISPATCH_HOURS} 小时"),
    ("运费与包邮", f"实付满 {FREE_FROM} 元包邮，不满 {FREE_FROM} 元收运费 {FREIGHT} 元"),
    ("运费与包邮", "、".join(REMOTE_REGIONS)),
    ("运费与包邮", f"实付满 {REMOTE['free_from']} 元包邮，不满收运费 {REMOTE['fee']} 元"),
    ("配送时效", f"江浙沪 {NEAR['days']} 天"),
    ("配送时效", f"{'、'.join(REMOTE_REGIONS)} {REMOTE['days']} 天"),
    ("配送时效", f"其他地区 {FAR['days']} 天"),
    ("配送时效", f"超过 {SILENT_HOURS} 小时没有更新"),
    ("配送时效", f"今天起 {LATEST_DELIVERY_DAYS} 天以内"),
    ("签收与自提点", f"驿站 {PICKUP_HOURS} 营业，免费保管 {PICKUP_DAYS} 天"),
    ("修改和取消订单", f"运费 {FREIGHT} 元（偏远地区 {REMOTE['fee']} 元）"),
    ("退货", f"签收次日起 {NO_REASON_DAYS} 天内支持无理由退货"),
    ("退货", f"签收次日起 {FAULT_DAYS} 天内可以退货或换货"),
    ("换货", f"签收次日起 {NO_REASON_DAYS} 天内"),
    ("换货", f"质量问题 {FAULT_DAYS} 天内"),
    ("退款", f"花呗 {24 * REFUND_DAYS['huabei']} 小时内到账"),
    ("退款", f"银行卡 1–{REFUND_DAYS['card']} 个工作日"),
    ("价格保护", f"付款后 {PRICE_PROTECTION_DAYS} 天内"),
    ("发票", f"付款后 {INVOICE_DAYS} 天内"),
    *(("会员等级", f"{name} {growth} 点") for name, growth in LEVELS if growth),
    *(("优惠券", f"{one['name']}“{one['rule']}”") for one in COUPONS),
    ("账号安全", f"连续输错 {WRONG_PASSWORDS} 次"),
    ("注销与隐私", f"{DELETION_DAYS} 天反悔期"),
    ("投诉与补偿", f"{POLICY.period_days} 天里最多 {POLICY.most_in_period} 次"),
    ("服务时间", f"{OPENING}:00–{CLOSING}:00"),
]
"""Section of the rules, and what must stand there as the shop has it."""

FIGURES = {
    r"满 ?(\d+) ?元?包邮": {FREE_FROM, REMOTE["free_from"]},
    r"签收次日起 ?(\d+) ?天": {NO_REASON_DAYS, FAULT_DAYS},
    r"付款后 ?(\d+) ?天": {PRICE_PROTECTION_DAYS, INVOICE_DAYS},
    r"最晚[^，。]{0,12}?(\d+) ?小时": {DISPATCH_HOURS},
    r"超过 ?(\d+) ?小时没有?更新": {SILENT_HOURS},
    r"(\d+) ?分钟内付款": {30},
    r"锁定 ?(\d+) ?分钟": {30},
    r"输错 ?(\d+) ?次[^就]{0,4}锁": {WRONG_PASSWORDS},
    r"保修 ?(\d+) ?年": {1},
    r"(\d+) ?积分抵 ?1 ?元": {100},
    r"最高 ?(\d+) ?元，": {25},
    r"免费保管 ?(\d+) ?天": {PICKUP_DAYS},
    r"(\d+) ?天反悔期": {DELETION_DAYS},
    r"最多 ?(\d+) ?张[，。]也可以发视频": {MOST_PHOTOS},
    r"单笔实付满 ?(\d+) ?元可以用花呗": {300},
    r"(\d+):00–\d+:00": {OPENING, int(PICKUP_HOURS.split(":")[0]), 20},
}
"""What is said in many places, and the only numbers that are right there; 20 is the live show."""


@pytest.mark.parametrize(("section", "rule"), RULES)
def test_the_rules_have_the_figures_of_the_shop(section, rule):
    assert rule in SECTIONS[section]


@pytest.mark.parametrize("pattern", FIGURES)
def test_answers_and_articles_keep_to_the_figures_of_the_rules(pattern):
    found = {
        (name, int(number)) for name, text in TEXTS.items() for number in re.findall(pattern, text)
    }
    assert found
    assert {(name, number) for name, number in found if number not in FIGURES[pattern]} == set()
