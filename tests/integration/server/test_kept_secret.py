"""The secret of the web channel outlives the process and is nobody else's business."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from kefu.channels.web import WebConnector
from kefu.channels.web.visitors import kept_secret
from kefu.errors import ChannelError
from tests.unit.channels.fakes import a_context


def the_file(folder):
    (file,) = folder.iterdir()
    return file


def test_the_secret_is_made_once(tmp_path):
    assert kept_secret(tmp_path) == kept_secret(tmp_path)
    assert len(kept_secret(tmp_path)) == 32


def test_only_its_owner_can_read_it(tmp_path):
    kept_secret(tmp_path)
    assert the_file(tmp_path).stat().st_mode & 0o777 == 0o600


def test_processes_that_start_at_once_agree(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(lambda _: kept_secret(tmp_path), range(40)))
    assert len(secrets) == 1


def test_a_file_cut_short_is_replaced(tmp_path):
    kept_secret(tmp_path)
    the_file(tmp_path).write_bytes(b"short")
    assert len(kept_secret(tmp_path)) == 32


def test_a_folder_that_cannot_be_written_is_reported_with_advice(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    with pytest.raises(ChannelError, match="give the setting 'secret'"):
        WebConnector.from_settings({}, a_context(state_dir=blocked))
