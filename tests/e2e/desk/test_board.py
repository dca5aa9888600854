"""The supervisor's board: live, and conversations are dragged to agents."""

from playwright.sync_api import expect

LIN_ID, FULL_ID = f"a{2:031}", f"a{10:031}"
LIN, FULL = f"[data-agent={LIN_ID}]", f"[data-agent={FULL_ID}]"
WAITING = "[data-conversation=web-c00014]"


def got_it(page):
    """Wait until Lin, who had five, has the conversation."""
    expect(page.locator(WAITING)).to_have_count(0)
    expect(page.locator(LIN)).to_contain_text("6/6")
    expect(page.get_by_text("分配给 林小雨")).to_be_visible()


def test_a_conversation_is_dragged_to_an_agent(enter):
    page = enter("/desk/board", login="wang")
    expect(page.locator(LIN)).to_contain_text("5/6")
    page.locator(WAITING).drag_to(page.locator(LIN))
    got_it(page)


def test_who_is_full_takes_none(enter):
    page = enter("/desk/board", login="wang")
    asked = []
    page.on(
        "request",
        lambda one: one.url.endswith("/assign") and asked.append(one.post_data_json["agent_id"]),
    )
    expect(page.locator(FULL)).to_contain_text("6/6")
    page.locator(WAITING).drag_to(page.locator(FULL))
    # Whoever has room can be given it after that, and nobody was asked for before.
    page.locator(WAITING).drag_to(page.locator(LIN))
    got_it(page)
    assert asked == [LIN_ID]
    expect(page.locator(FULL)).to_contain_text("6/6")


def test_it_works_by_the_keyboard(enter):
    page = enter("/desk/board", login="wang")
    page.locator(WAITING).get_by_role("button").focus()
    page.keyboard.press("Enter")
    with page.expect_request("**/assign") as asked:
        page.get_by_role("menuitem", name="林小雨").press("Enter")
    assert asked.value.post_data_json["agent_id"] == LIN_ID
    got_it(page)


def test_an_assignment_that_fails_leaves_it_waiting_and_says_why(enter, mock):
    page = enter("/desk/board", login="wang")
    page.locator(WAITING).wait_for()
    path = "/conversations/web-c00014/assign"
    mock.play("fault", path=path, method="POST", status=409, problem="conflict")
    with page.expect_response("**/api/v1/board**"):  # which is loaded anew
        page.locator(WAITING).drag_to(page.locator(LIN))
    expect(page.get_by_text("没有分配成功")).to_be_visible()
    expect(page.locator(WAITING)).to_be_visible()
    expect(page.locator(LIN)).to_contain_text("5/6")


def test_tiers_and_marks_are_called_what_they_are_called_elsewhere(enter, mock):
    fields = {"customer": {"id": "u00014", "name": "许艳", "tier": 3}, "mark": "overflow"}
    mock.play("row", conversation_id="web-c00014", fields=fields)
    page = enter("/desk/board", login="wang")
    expect(page.locator(WAITING)).to_contain_text("VIP 客户")
    expect(page.locator(WAITING)).to_contain_text("溢出转组")
