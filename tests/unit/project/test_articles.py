"""Articles in Markdown: what is read, and what is said of bad ones."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.project.article_file import ArticleCollector, is_article
from kefu.project.load import load_project
from kefu.project.markdown import read_markdown
from kefu.project.problems import Report

RETURNS = """\
---
id: returns
title: 退换货规则
tags: [退货, 换货]
valid_from: 2026-01-01
valid_until: 2026-12-31
---
# 退换货规则

签收后可以**退换**，
见[下面](#x)。<!-- 内部 -->

## 七天无理由
### 不支持的商品
- 食品
- 个护，
  已拆封的
1. 先申请
2) 再寄回
## 等级
| 等级 | 折扣 | 券 |
|:---|---|---|
| 银卡 | 9.8 折 |  |
| 金卡 | 9.5 折 | 满 199 减 50 |
"""


def collected(tmp_path, **files):
    report = Report()
    collector = ArticleCollector(tmp_path, report)
    for name, text in files.items():
        path = tmp_path / f"{name}.md"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        collector.add(path)
    return collector.articles, report.sorted()


def codes(problems):
    return [(problem.code, problem.place.line) for problem in problems]


def test_an_article_is_read_with_all_it_says(tmp_path):
    (article,), problems = collected(tmp_path, returns=RETURNS)
    assert codes(problems) == []
    assert (article.id, article.title, article.tags) == ("returns", "退换货规则", ("退货", "换货"))
    assert (article.valid_from, article.valid_until) == ("2026-01-01", "2026-12-31")
    assert article.file == "returns.md"
    said = [
        (section.headings, [line for block in section.blocks for line in block.lines])
        for section in article.sections
    ]
    assert said == [
        ((), ["签收后可以退换，见下面。"]),
        (
            ("七天无理由", "不支持的商品"),
            ["食品", "个护，已拆封的", "1. 先申请", "2. 再寄回"],
        ),
        (("等级",), ["银卡：折扣 9.8 折", "金卡：折扣 9.5 折，券 满 199 减 50"]),
    ]
    assert [section.place.line for section in article.sections] == [8, 14, 20]


def test_without_front_matter_the_heading_and_the_name_say_what_it_is(tmp_path):
    (article,), problems = collected(tmp_path, shipping="# 配送\n\n三天到。\n")
    assert (article.id, article.title, problems) == ("shipping", "配送", ())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("---\n# b\n\ntext\n", ("article.open-front-matter", 1)),
        ("---\ntitel: a\n---\n# b\n\ntext\n", ("article.unknown-key", 2)),
        ("---\ntitle: 7\n---\n# b\n\ntext\n", ("article.wrong-type", 2)),
        ("---\nid: a b\n---\n# b\n\ntext\n", ("article.wrong-type", 2)),
        ("---\ntags: [1]\n---\n# b\n\ntext\n", ("article.wrong-type", 2)),
        ("---\n\nvalid_from: 2026-02-30\n---\n# b\n\ntext\n", ("article.wrong-type", 3)),
        (
            "---\nvalid_from: 2026-02-02\nvalid_until: 2026-02-01\n---\n# b\n\ntext\n",
            ("article.bad-days", 3),
        ),
        ("---\n- a\n---\n# b\n\ntext\n", ("article.wrong-type", 2)),
        ("text only\n", ("article.no-title", 1)),
        ("# a\n", ("article.empty", 0)),
        ("# a\n\n## b\n## c\n\ntext\n", ("article.empty-section", 3)),
        ("# a\n\n##\n\ntext\n", ("article.empty-heading", 3)),
        ("# a\n\n##b\n\ntext\n", ("article.no-heading", 3)),
        ("# a\n\n```\ncode\n", ("article.open-block", 3)),
        ("# a\n\n| x | y |\n|---|---|\n| 1 | 2 | 3 |\n", ("article.long-row", 5)),
        ("# 规则\n".encode("gb18030"), ("file.not-utf-8", 1)),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path, text, told):
    _, problems = collected(tmp_path, a=text)
    assert codes(problems) == [told]


def test_two_articles_cannot_have_the_same_id(tmp_path):
    text = "---\nid: x\n---\n# a\n\ntext\n"
    articles, (problem,) = collected(tmp_path, a=text, b=text)
    assert len(articles) == 1
    assert problem.code == "article.same-id"
    assert problem.related[0].file.endswith("a.md")


def test_articles_are_markdown_below_a_folder_of_that_name():
    root = Path("/project")
    assert is_article(root / "data" / "knowledge" / "deep" / "a.md", root)
    assert not is_article(root / "data" / "nlu" / "a.md", root)
    assert not is_article(root / "data" / "knowledge" / "a.yml", root)
    assert is_article(Path("/elsewhere/knowledge/a.md"), root)


def test_a_project_has_its_articles(tmp_path):
    folder = tmp_path / "data" / "knowledge"
    folder.mkdir(parents=True)
    (folder / "a.md").write_text("# 配送\n\n三天到。\n", "utf-8")
    loaded = load_project(tmp_path)
    assert [article.file for article in loaded.draft.articles] == ["data/knowledge/a.md"]
    assert folder / "a.md" in loaded.draft.files


@given(st.text(alphabet="#-*|`~ \n\ta1.：<!>[]()x中", max_size=200))
def test_any_text_is_read(text):
    marked = read_markdown(text, "a.md", Report())
    assert all(line for s in marked.sections for block in s.blocks for line in block.lines)
