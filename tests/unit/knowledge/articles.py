"""A few articles, and examples to learn from."""

from kefu.knowledge.knowledge import Knowledge
from kefu.knowledge.training import train_knowledge
from kefu.project.articles import Article, Block, Section
from kefu.project.nlu_data import NluData
from tests.unit.nlu.builders import nlu_data


def a_section(*lines, under=(), kind="paragraph"):
    return Section(headings=tuple(under), blocks=(Block(kind=kind, lines=lines),))


def an_article(title, *sections, **more):
    return Article(id=more.pop("id", title), title=title, sections=sections, **more)


SHIPPING = an_article(
    "配送说明",
    a_section("现货在付款后 48 小时内发出。周末照常发货。", under=["发货时间"]),
    a_section("实付满 99 元包邮。不满的收运费 8 元。", under=["运费"]),
    a_section("取件码由驿站发短信给您。包裹免费保管 3 天。", under=["自提点"]),
    file="data/knowledge/shipping.md",
)
CARE = an_article(
    "洗护指南",
    a_section("羊毛衫请用 30 度以下的水手洗。", "不要拧干，平铺晾干。", under=["羊毛"]),
    a_section("羽绒服可以机洗，用中性洗衣液。", under=["羽绒"]),
    file="data/knowledge/care.md",
)
PROMOTION = an_article(
    "双十一活动",
    a_section("活动期间每满 300 减 50，可以跨店凑单。", under=["满减"]),
    valid_from="2026-11-01",
    valid_until="2026-11-11",
    file="data/knowledge/promotion.md",
)
ARTICLES = (SHIPPING, CARE, PROMOTION)
EXAMPLES = nlu_data(
    {
        "faq/ask_invoice": ["能开发票吗", "发票怎么开", "要发票去哪开"],
        "faq/ask_size": ["尺码准吗", "尺码偏大还是偏小", "平时穿 M 选什么尺码"],
        "out_of_scope": ["今天天气怎么样", "给我讲个故事", "股票明天涨吗"],
        "chitchat/ask_name": ["你叫什么名字", "怎么称呼你"],
    },
    synonyms={"邮费": "运费", "快递费": "运费"},
    responses={
        "utter_faq/ask_invoice": ({"text": "下单时勾选发票，电子发票发到邮箱。"},),
        "utter_faq/ask_size": ({"text": "尺码是标准的，参考详情页的尺码表。"},),
    },
)


def some_knowledge(articles=ARTICLES, data: NluData = EXAMPLES) -> Knowledge:
    return Knowledge.load(train_knowledge(articles, data).parts)


def headings(findings):
    return [hit.passage.headings[-1] for hit in findings.hits]
