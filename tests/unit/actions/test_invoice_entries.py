"""What is read out of messages to the invoice form."""

from __future__ import annotations

import pytest

from actions.invoice_entries import buyer_in, company_in, corrections_in, kind_in, title_in


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("纸质的", "paper"),
        ("给我邮寄一张", "paper"),
        ("电子发票", "electronic"),
        ("不要纸质的，电子就行", "electronic"),
        ("不用电子的，要纸质的", "paper"),
        ("随便", None),
    ],
)
def test_the_kind_that_is_wanted(text: str, kind: str | None) -> None:
    assert kind_in(text) == kind


@pytest.mark.parametrize(
    ("text", "buyer"),
    [
        ("个人", "personal"),
        ("开我自己名字", "personal"),
        ("单位报销用", "company"),
        ("不是个人，是公司", "company"),
        ("都行", None),
    ],
)
def test_whom_it_is_for(text: str, buyer: str | None) -> None:
    assert buyer_in(text) == buyer


@pytest.mark.parametrize(
    ("text", "company"),
    [
        ("抬头是广州示例贸易有限公司", "广州示例贸易有限公司"),
        ("给杭州示例科技有限公司开发票", "杭州示例科技有限公司"),
        ("给602600001007开公司发票，抬头杭州示例科技有限公司", "杭州示例科技有限公司"),
        ("示例（北京）传媒有限公司，税号91110000MA0000003T", "示例（北京）传媒有限公司"),
        ("公司名称：华为示例技术有限公司", "华为示例技术有限公司"),
        ("写杭州示例有限公司", "杭州示例有限公司"),
        ("开心果示例贸易有限公司", "开心果示例贸易有限公司"),
        ("开公司的发票", None),
        ("我们公司", None),
        ("个人", None),
    ],
)
def test_a_companys_name_is_found_and_our_company_is_none(text: str, company: str | None) -> None:
    assert company_in(text) == company


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("小明书店", "小明书店"),
        ("单位叫杭州示例中学", "杭州示例中学"),
        ("杭州示例科技有限公司 税号91330100MA0000001F", "杭州示例科技有限公司"),
        ("公司", None),
        ("123456", None),
        ("x" * 61, None),
        ("😀😀😀", None),
        ("<b>示例公司</b>", None),
        ("'; DROP TABLE orders;--", None),
        ("示例·书店（上海）", "示例·书店（上海）"),
        ("", None),
    ],
)
def test_titles(text: str, title: str | None) -> None:
    assert title_in(text) == title


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("税号错了", {"tax_no": None}),
        ("税号不对，是91440300MA0000002P", {"tax_no": "91440300MA0000002P"}),
        ("邮箱换成b@mail.example", {"email": "b@mail.example"}),
        ("改成纸质的", {"invoice_kind": "paper"}),
        ("不对，开个人", {"invoice_buyer": "personal"}),
        (
            "抬头错了，应该是杭州电子示例科技有限公司",
            {"invoice_title": "杭州电子示例科技有限公司"},
        ),
        (
            "地址改成浙江省杭州市余杭区示例路5号2栋",
            {"invoice_address": "浙江省杭州市余杭区示例路5号2栋"},
        ),
        ("好的", {}),
        ("不对", {}),
    ],
)
def test_corrections(text: str, changed: dict[str, str | None]) -> None:
    assert corrections_in(text) == changed


@pytest.mark.parametrize("text", ["公司" * 5000, "改" * 10_000, "（" * 10_000, "A1" * 5000])
def test_endless_messages_are_read_no_further_than_needed(text: str) -> None:
    assert (company_in(text) or "") in text[:300]
    assert corrections_in(text).keys() <= {"invoice_buyer"}
