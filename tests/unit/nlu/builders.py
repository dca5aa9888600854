"""Short ways to write the training data and pipelines that tests need."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kefu.clock import ManualClock
from kefu.nlu.component import Lesson, Surroundings
from kefu.nlu.corpus import Corpus
from kefu.nlu.featurizers.options import FeatureOptions
from kefu.nlu.interpreter import Interpreter, load_interpreter
from kefu.nlu.message import Message
from kefu.nlu.segmentation import segment
from kefu.nlu.training import train_pipeline
from kefu.project.nlu_data import EntityAnnotation, Example, NluData
from kefu.project.settings import ComponentConfig, ModelConfig

_ANNOTATION = re.compile(r"\[(?P<text>[^]]+)\]\((?P<entity>\w+)(?:#(?P<role>\w+))?\)")


def an_example(text: str, intent: str | None = None) -> Example:
    """Build an example from text with ``[Berlin](city)`` or ``[Berlin](city#from)`` in it."""
    plain = ""
    position = 0
    entities = []
    for match in _ANNOTATION.finditer(text):
        plain += text[position : match.start()]
        position = match.end()
        value = match["text"]
        entities.append(
            EntityAnnotation(
                entity=match["entity"],
                role=match["role"],
                value=value,
                start=len(plain),
                end=len(plain) + len(value),
            )
        )
        plain += value
    plain += text[position:]
    name, _, key = (intent or "").partition("/")
    return Example(
        text=plain, intent=name or None, response_key=key or None, entities=tuple(entities)
    )


def nlu_data(examples: Mapping[str, Sequence[str]], **more: Any) -> NluData:
    """Build training data from texts by intent."""
    listed = [an_example(text, intent) for intent, texts in examples.items() for text in texts]
    return NluData(examples=tuple(listed), **more)


def component(name: str, **settings: Any) -> ComponentConfig:
    """Build an item of a pipeline."""
    return ComponentConfig(name=name, settings=settings)


def a_config(*components: str | ComponentConfig, language: str = "zh") -> ModelConfig:
    """Build a configuration with a pipeline of components or names of them."""
    items = [component(c) if isinstance(c, str) else c for c in components]
    return ModelConfig(language=language, pipeline=tuple(items))


def a_lesson(data: NluData, *, language: str = "zh", root: Path | None = None) -> Lesson:
    """Build what a single component is trained with."""
    return Lesson(
        data=data,
        corpus=Corpus(data, tokenize=segment, options=FeatureOptions()),
        surroundings=Surroundings(language=language, clock=ManualClock()),
        root=root or Path(),
    )


def an_interpreter(data: NluData, *components: str | ComponentConfig, **more: Any) -> Interpreter:
    """Train a pipeline and load what it saved."""
    domain = more.pop("domain", None)
    trained = train_pipeline(a_config(*components, **more), data, domain)
    return load_interpreter(trained.parts, domain=domain)


def parse(interpreter: Interpreter, text: str) -> dict[str, Any]:
    """Understand a text."""
    return asyncio.run(interpreter.parse(text))


def processed(component: Any, text: str, **state: Any) -> Message:
    """Run one component over a text."""
    message = Message(text=text, **state)
    assert component.process(message) is None
    return message


SHOP = {
    "greet": ["你好", "您好", "在吗", "嗨", "早上好", "有人吗", "客服你好", "晚上好"],
    "track": [
        "我的快递到哪了",
        "物流查询",
        "查一下物流信息",
        "包裹什么时候到",
        "怎么还没收到货",
        "快递到哪里了",
        "订单发货了吗",
        "帮我查快递",
    ],
    "refund": [
        "我要退款",
        "怎么退货",
        "申请退款",
        "不想要了能退吗",
        "退货流程是什么",
        "钱什么时候退给我",
        "可以退换货吗",
        "退款多久到账",
    ],
    "invoice": [
        "能开发票吗",
        "我要发票",
        "怎么开电子发票",
        "发票抬头写错了",
        "可以开增值税发票吗",
        "发票什么时候寄",
        "帮我补开发票",
        "开票信息怎么填",
    ],
    "coupon": [
        "优惠券怎么用",
        "有没有优惠",
        "怎么领优惠券",
        "优惠码无效",
        "满减活动有吗",
        "现在打折吗",
        "红包怎么使用",
        "领券在哪里",
    ],
    "bye": ["再见", "拜拜", "谢谢再见", "下次再聊", "先这样", "没事了拜拜", "好的再见", "回头见"],
    "human": [
        "转人工",
        "我要人工客服",
        "找真人",
        "人工服务",
        "帮我转接客服人员",
        "不要机器人",
        "叫你们经理来",
        "能不能换人跟我说",
    ],
}
"""A small Chinese shop bot."""
