import os

import numpy as np

from kefu.training.cache import StepCache


def test_what_was_put_is_got(tmp_path):
    cache = StepCache(tmp_path / "cache")
    assert cache.get("k") is None
    assert not cache.has("k")
    cache.put("k", {"a": {"x": 1}, "w": np.ones(2)})
    assert cache.has("k")
    parts = cache.get("k")
    assert parts["a"] == {"x": 1}
    np.testing.assert_array_equal(parts["w"], np.ones(2))


def test_a_damaged_entry_is_as_good_as_absent(tmp_path, caplog):
    cache = StepCache(tmp_path)
    cache.put("k", {"a": 1})
    tmp_path.joinpath("k.parts").write_bytes(b"damaged")
    assert cache.get("k") is None
    assert "damaged entry" in caplog.text
    assert not cache.has("k")


def test_entries_that_were_not_used_for_longest_make_room(tmp_path):
    cache = StepCache(tmp_path, limit_bytes=5_000)
    noise = np.random.default_rng(1).bytes(2_000)
    for age, key in enumerate(("a", "b")):
        cache.put(key, {"x": noise})
        os.utime(tmp_path / f"{key}.parts", (1000 + age, 1000 + age))
    assert cache.get("a") is not None  # used now: "b" is the older one
    cache.put("c", {"x": noise})
    assert [cache.has(key) for key in "abc"] == [True, False, True]


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path, caplog):
    tmp_path.joinpath("file").write_text("")
    cache = StepCache(tmp_path / "file" / "cache")
    cache.put("k", {"a": 1})
    assert cache.get("k") is None
    assert "cannot write" in caplog.text
