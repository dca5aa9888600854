"""The shop's names for what it keeps as codes, and what it hides of personal data."""

from __future__ import annotations

__all__ = [
    "CLAIM_NAMES",
    "INVOICE_STATUS_NAMES",
    "ORDER_STATUS_NAMES",
    "PARCEL_STATUS_NAMES",
    "PAYMENT_NAMES",
    "RETURN_STATUS_NAMES",
    "SERVICE_NAMES",
    "honorific",
    "masked_address",
    "masked_name",
    "masked_phone",
]

ORDER_STATUS_NAMES = {
    "unpaid": "待付款",
    "paid": "待发货",
    "packing": "正在出库",
    "shipped": "运输中",
    "signed": "已签收",
    "cancelled": "已取消",
}
PARCEL_STATUS_NAMES = {
    "packing": "仓库备货中",
    "in_transit": "运输中",
    "delivering": "派送中",
    "at_pickup": "已到自提点",
    "signed": "已签收",
}
RETURN_STATUS_NAMES = {
    "submitted": "待审核",
    "approved": "审核通过，等待寄回",
    "sent": "已寄回，运输中",
    "received": "仓库已收到退货，验收中",
    "refunded": "已退款",
    "resent": "新商品已寄出",
    "rejected": "审核未通过",
    "cancelled": "已撤销",
}
SERVICE_NAMES = {"return": "退货", "exchange": "换货", "repair": "维修", "cancel": "取消订单"}
CLAIM_NAMES = {"missing": "少件", "wrong": "发错", "not_received": "未收到", "damaged": "破损"}
INVOICE_STATUS_NAMES = {"requested": "开票中", "issued": "已开具", "mailed": "已寄出"}
PAYMENT_NAMES = {"wechat": "微信", "alipay": "支付宝", "card": "银行卡", "huabei": "花呗分期"}


def honorific(name: str, gender: str) -> str:
    """Return how customers are called: 张先生, 李女士; without a gender the whole name."""
    titles = {"male": "先生", "female": "女士"}
    return name[:1] + titles[gender] if gender in titles else name


def masked_name(name: str) -> str:
    """Return a name of which the surname is left."""
    return name[:1] + "*" * (len(name) - 1)


def masked_phone(phone: str) -> str:
    """Return a phone number of which the ends are left."""
    return f"{phone[:3]}****{phone[-4:]}"


def masked_address(address: str) -> str:
    """Return an address of which province and city are left."""
    return address[:6] + "****"
