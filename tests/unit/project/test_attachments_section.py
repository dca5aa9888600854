"""The section ``attachments`` of endpoints.yml."""

import pytest

from kefu.project.settings import AttachmentsEndpoint
from tests.unit.project.builder import told
from tests.unit.project.test_settings_files import endpoints


def test_without_the_section_files_are_kept_in_a_folder():
    read, report = endpoints("")
    assert read.attachments == AttachmentsEndpoint()
    assert not report.sorted()


def test_a_bucket_is_named_with_its_store():
    read, report = endpoints(
        "attachments:\n  type: s3\n  bucket: chat\n  endpoint: http://minio:9000\n"
        "  access_key: me\n  secret_key: ${KEY}\n  max_mb: 5\n  types: [image/*]\n",
        KEY="hidden",
    )
    assert not report.sorted()
    assert (read.attachments.kind, read.attachments.bucket) == ("s3", "chat")
    assert read.attachments.types == ("image/*",)
    assert read.attachments.max_mb == 5
    assert "hidden" not in repr(read.attachments)


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("type: ftp", "endpoints.unknown-attachment-store", 2),
        ("type: s3", "endpoints.wrong-type", 2),
        ("max_mb: big", "endpoints.wrong-type", 2),
        ("max_mb: 0", "endpoints.wrong-type", 2),
        ("types: image", "endpoints.wrong-type", 2),
        ("secret: short", "endpoints.wrong-type", 2),
        ("foldr: x", "endpoints.unknown-key", 2),
        ("type: [s3]", "endpoints.unknown-attachment-store", 2),
        ("type: {a: 1}", "endpoints.unknown-attachment-store", 2),
        ("max_mb: .inf", "endpoints.wrong-type", 2),
        ("max_mb: .nan", "endpoints.wrong-type", 2),
        ("types: [picture]", "endpoints.wrong-type", 2),
        ("types: [{a: 1}]", "endpoints.wrong-type", 2),
        ("public_url: not a url", "endpoints.bad-address", 2),
        ("endpoint: not a url", "endpoints.bad-address", 2),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text, code, line):
    _, report = endpoints(f"attachments:\n  {text}\n")
    (problem,) = told(report, code)
    assert problem.place.line == line


def test_an_empty_list_of_types_takes_nothing():
    read, report = endpoints("attachments:\n  types: []\n")
    assert not report.sorted()
    assert read.attachments.types == ()
    assert endpoints("attachments:\n  types:\n")[0].attachments.types is None


def test_a_number_may_come_from_the_environment():
    read, report = endpoints("attachments:\n  max_mb: ${MB}\n", MB="1.5")
    assert not report.sorted()
    assert read.attachments.max_mb == 1.5
