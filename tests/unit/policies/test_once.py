from kefu.policies.once import once, shared_work


def a_list(*things):
    return list(things)


def test_the_same_things_are_worked_out_once_in_a_block():
    one, other = object(), object()
    with shared_work():
        first = once(a_list, one, other)
        assert once(a_list, one, other) is first
        assert once(a_list, other, one) is not first
        assert once(a_list, one, other, settings="x") is not first


def test_outside_of_a_block_everything_is_worked_out():
    one = object()
    assert once(a_list, one) is not once(a_list, one)


def test_a_block_knows_nothing_of_the_one_before():
    one = object()
    with shared_work():
        first = once(a_list, one)
    with shared_work():
        assert once(a_list, one) is not first
