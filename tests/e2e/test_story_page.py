"""The page of ``kefu visualize``, opened from the disk in a browser that has no network."""

import pytest
from click.testing import CliRunner

from kefu.cli.root import kefu

EVIL = "<script>window.ran = true</script><img src=x onerror='window.ran = true'>"
FILES = {
    "config.yml": "recipe: default.v1\nlanguage: zh\npipeline:\n- name: JiebaTokenizer\n"
    "- name: CountVectorsFeaturizer\n- name: DIETClassifier\npolicies:\n- name: RulePolicy\n",
    "domain.yml": f"""\
version: "3.1"
intents: [greet, bye, order, never]
slots:
  number:
    type: text
    mappings:
    - type: from_text
forms:
  order_form:
    required_slots: [number]
responses:
  utter_greet:
  - text: "您好{EVIL}"
  utter_bye:
  - text: 再见
  utter_wrong:
  - text: 错了
  utter_ask_number:
  - text: 单号？
""",
    "data/all.yml": """\
version: "3.1"
nlu:
- intent: greet
  examples: |
    - 你好
    - 在吗
- intent: bye
  examples: |
    - 再见
    - 拜
- intent: order
  examples: |
    - 下单
    - 买
rules:
- rule: 问好
  steps:
  - intent: greet
  - action: utter_greet
- rule: 下单
  steps:
  - intent: order
  - action: order_form
  - active_loop: order_form
stories:
- story: 问好却答错
  steps:
  - intent: greet
  - action: utter_wrong
- story: 再见一
  steps:
  - intent: bye
  - action: utter_bye
  - intent: greet
  - action: utter_greet
- story: 再见二
  steps:
  - intent: bye
  - action: utter_bye
  - intent: order
  - action: order_form
  - active_loop: order_form
""",
}


@pytest.fixture(scope="module")
def graph(tmp_path_factory):
    folder = tmp_path_factory.mktemp("graph")
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        done = CliRunner().invoke(kefu, ["visualize"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return folder / "graph.html"


@pytest.fixture
def page(browser, graph):
    """The page as it was opened; nothing may go wrong in it, and nothing be asked for."""
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.set_default_timeout(15_000)
    wrong, asked = [], []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(graph.as_uri())
    yield page
    assert page.evaluate("window.ran") is None
    context.close()
    assert wrong == []
    assert [url for url in asked if url not in (graph.as_uri(), "data:,")] == []


def node(page, name):
    return page.locator("g.node", has_text=name)


def nodes(page):
    return [text.split(" ", 1)[-1] for text in page.locator("g.node text").all_inner_texts()]


def test_common_beginnings_are_one_and_details_have_places(page):
    assert node(page, "bye").count() == 2, "the intent, and its response"
    node(page, "bye").first.click()
    panel = page.get_by_label("详情")
    assert "2 个例句" in panel.inner_text()
    assert "再见一" in panel.inner_text()
    assert "data/all.yml:32" in panel.inner_text()
    node(page, "utter_bye").click()
    assert panel.locator(".said").all_inner_texts() == ["再见"]
    page.keyboard.press("Escape")
    assert panel.count() == 0


def test_texts_of_users_stay_texts(page):
    node(page, "utter_greet").click()
    assert page.locator(".panel .said").inner_text() == f"您好{EVIL}"


def test_searching_and_looking_around_one_name_leaves_what_matches(page):
    page.get_by_label("搜索").fill("utter_wrong")
    assert page.get_by_role("status").inner_text() == "3 条中的 1 条"
    page.get_by_label("搜索").fill("")
    page.get_by_label("只看相关").fill("order")
    assert page.get_by_role("status").inner_text() == "3 条中的 1 条"
    assert page.locator("g.node.hit").count() == 1
    page.get_by_label("搜索").fill("没有的")
    assert "没有匹配" in page.locator(".scene").inner_text()


def test_a_branch_is_folded_and_unfolded(page):
    before = page.locator("g.node").count()
    page.locator("g.more", has_text="−").first.click()
    assert page.locator("g.node").count() < before
    page.locator("g.more", has_text="+").first.click()
    assert page.locator("g.node").count() == before


def test_a_contradiction_is_marked_listed_and_found(page):
    assert page.locator(".mark.error").count() == 1
    page.get_by_label("只看有问题的").check()
    assert page.get_by_role("status").inner_text() == "3 条中的 1 条"
    page.get_by_role("tab", name="问题").click()
    assert "rule.contradiction" in page.locator(".lists").inner_text()
    page.get_by_role("button", name="图", exact=True).first.click()
    assert page.locator("g.node.selected").count() == 1
    page.get_by_role("tab", name="从未用到").click()
    assert "'never'" in page.locator(".lists").inner_text()


def test_it_is_used_by_keys_alone(page):
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert "utter_bye" in page.locator("g.node.selected").text_content()
    page.keyboard.press("-")
    assert page.locator("g.node", has_text="order_form").count() == 0
    page.keyboard.press("+")
    assert page.locator("g.node", has_text="order_form").count() == 2
    page.keyboard.press("Enter")
    assert page.get_by_label("详情").is_visible()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"


def test_forms_and_rules_have_their_own_pictures(page):
    page.get_by_role("tab", name="表单").click()
    node(page, "order_form").click()
    assert "依次询问" in page.get_by_label("详情").inner_text()
    page.get_by_role("tab", name="规则").click()
    assert node(page, "utter_greet").count() == 1


def test_the_language_is_changed(page):
    page.get_by_label("语言").select_option("en")
    assert page.get_by_role("tab", name="Stories").is_visible()
    assert page.evaluate("document.documentElement.lang") == "en"


def test_on_a_narrow_screen_filters_wait_behind_a_button(page):
    page.set_viewport_size({"width": 420, "height": 760})
    above = page.locator("#scene").bounding_box()["y"]
    assert above < 150
    assert not page.get_by_label("只看有问题的").is_visible()
    page.get_by_role("button", name="筛选").click()
    page.get_by_label("只看有问题的").check()
    assert page.get_by_role("status").inner_text() == "3 条中的 1 条"
    page.get_by_role("tab", name="规则").click()
    assert page.get_by_label("只看相关").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 420


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_written_can_be_read(browser, graph, scheme):
    context = browser.new_context(offline=True, color_scheme=scheme)
    page = context.new_page()
    page.goto(graph.as_uri())
    for selector in ("g.node.intent", "g.node.response", "g.node.action", "g.node.loop"):
        text, box = (
            page.locator(f"{selector} {part}").first.evaluate(
                "(one) => getComputedStyle(one).fill.match(/[0-9.]+/g).map(Number)"
            )
            for part in ("text", "rect.box")
        )
        assert contrast(text, box) >= 4.5, selector
    context.close()


def contrast(one, other):
    def light(colour):
        parts = [value / 255 for value in colour[:3]]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)
