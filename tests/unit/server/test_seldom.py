"""What happens all the time is logged now and then."""

from kefu.logs import Seldom


def test_one_is_let_through_and_the_others_are_counted(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("kefu.logs.time.monotonic", lambda: now[0])
    seldom = Seldom(30.0)
    assert [seldom.again() for _ in range(4)] == [0, None, None, None]
    now[0] += 31
    assert [seldom.again(), seldom.again()] == [3, None]
