"""Articles from the files to the answer: validate, train, explain, search."""

import json

import pytest

from tests.integration.command import kefu

ARTICLE = """\
---
tags: [postage]
valid_until: 2026-06-30
---
# Shipping

## Postage

Postage is free from 99 dollars on. Below that it costs 8 dollars.

## Customs

We do not ship abroad, so there are no customs duties.
"""


@pytest.fixture
def articles(project):
    folder = project / "data" / "knowledge"
    folder.mkdir()
    (folder / "shipping.md").write_text(ARTICLE, "utf-8")
    config = project / "config.yml"
    text = config.read_text("utf-8")
    head, policies = text.split("policies:")
    config.write_text(f"{head}- name: KnowledgeSelector\n\npolicies:{policies}", "utf-8")
    done = kefu("train", "nlu", cwd=project)
    assert done.status == 0, done.err
    assert "✓ knowledge" in done.out
    assert "1 articles, 2 passages" in done.out
    return project


def test_a_search_says_what_is_found_and_why(articles):
    done = kefu("knowledge", "search", "free", "postage", "--day", "2026-06-30", cwd=articles)
    assert done.status == 0, done.err
    assert "1. Shipping · Postage  data/knowledge/shipping.md" in done.out
    assert "Postage is free from 99 dollars on." in done.out
    assert "Confidence 0." in done.out
    chinese = kefu(
        "knowledge", "search", "postage", "--day", "2026-06-30", "--language", "zh", cwd=articles
    )
    assert "置信度 0." in chinese.out


def test_json_has_everything(articles):
    search = ("knowledge", "search", "customs", "--day", "2026-06-30", "--top", "1", "--json")
    found = json.loads(kefu(*search, cwd=articles).out)
    assert [passage["headings"] for passage in found["passages"]] == [["Customs"]]
    assert found["answer"] == "We do not ship abroad, so there are no customs duties."


def test_an_article_that_no_longer_holds_is_not_found(articles):
    found = kefu("knowledge", "search", "postage", "--day", "2026-07-01", cwd=articles)
    assert "No passage has any of it." in found.out


def test_training_again_repeats_only_what_changed(articles):
    path = articles / "data" / "knowledge" / "shipping.md"
    path.write_text(ARTICLE.replace("99", "199"), "utf-8")
    out = kefu("train", "nlu", cwd=articles).out
    assert "✓ understanding  unchanged" in out
    assert "1 articles" in out
    out = kefu("knowledge", "search", "postage", "--day", "2026-01-01", cwd=articles).out
    assert "199 dollars" in out


def test_bad_articles_are_listed_by_file_and_line(articles):
    path = articles / "data" / "knowledge" / "shipping.md"
    path.write_text("---\nvalid_until: tomorrow\n---\n# A\n\n## B\n", "utf-8")
    done = kefu("data", "validate", cwd=articles)
    assert done.status == 1
    assert "data/knowledge/shipping.md:2:14: error: 'valid_until'" in done.out
    assert "data/knowledge/shipping.md:6: warning: nothing stands under" in done.out


def test_without_articles_there_is_nothing_to_search(project):
    done = kefu("knowledge", "search", "postage", cwd=project)
    assert done.status == 1
    assert "has no articles — write Markdown files below data/knowledge/" in done.err
    assert "Traceback" not in done.err
