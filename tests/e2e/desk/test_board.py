"""The supervisor's board: live, and conversations are dragged to agents."""

LIN = f"[data-agent=a{2:031}]"
FULL = f"[data-agent=a{10:031}]"
WAITING = "[data-conversation=web-c00014]"


def test_a_conversation_is_dragged_to_an_agent(enter):
    page = enter("/desk/board", login="wang")
    page.locator(WAITING).drag_to(page.locator(LIN))
    page.locator(WAITING).wait_for(state="detached")
    page.locator(LIN).get_by_text("6/6").wait_for()
    page.get_by_text("分配给 林小雨").wait_for()


def test_who_is_full_takes_none(enter):
    page = enter("/desk/board", login="wang")
    page.locator(WAITING).drag_to(page.locator(FULL))
    page.locator(WAITING).wait_for()
    assert page.locator(FULL).get_by_text("6/6").count() == 1


def test_it_works_by_the_keyboard(enter):
    page = enter("/desk/board", login="wang")
    page.locator(WAITING).get_by_role("button").focus()
    page.keyboard.press("Enter")
    page.get_by_role("menuitem", name="林小雨").wait_for()
    page.get_by_role("menuitem", name="林小雨").press("Enter")
    page.locator(WAITING).wait_for(state="detached")


def test_an_assignment_that_fails_leaves_it_waiting_and_says_why(enter, mock):
    page = enter("/desk/board", login="wang")
    page.locator(WAITING).wait_for()
    path = "/conversations/web-c00014/assign"
    mock.play("fault", path=path, method="POST", status=409, problem="conflict")
    page.locator(WAITING).drag_to(page.locator(LIN))
    page.get_by_text("没有分配成功").wait_for()
    page.locator(WAITING).wait_for()


def test_it_shows_what_others_do_at_once(enter, mock):
    page = enter("/desk/board", login="wang")
    page.locator(LIN).get_by_text("5/6").wait_for()
    mock.play("presence", agent_id=f"a{2:031}", fields={"open": 2, "status": "busy"})
    page.locator(f"[aria-labelledby=board-busy] {LIN}").get_by_text("2/6").wait_for()
    row = {"state": "waiting", "waiting_since": "2026-11-29T00:00:00Z", "priority": 2}
    mock.play("row", conversation_id="web-c00200", fields=row)
    page.locator("[data-conversation=web-c00200]").wait_for()


def test_an_agent_s_conversations_are_shown_on_demand(enter):
    page = enter("/desk/board", login="wang")
    page.locator(LIN).get_by_role("button").click()
    page.locator(LIN).locator("li a").first.wait_for()
    assert page.locator(LIN).locator("li a").count() > 5


def test_a_group_is_chosen_for_all_of_it(enter):
    page = enter("/desk/board", login="wang")
    page.locator(".agents li").first.wait_for()
    page.get_by_role("button", name="海外组").click()
    page.wait_for_function("document.querySelectorAll('.agents li').length === 3")
    tags = page.locator(".waiting").all_inner_texts()
    assert tags
    assert all("海外组" in text for text in tags)
