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
        ("max_mb: .inf", "endpoints.wrong-type", 2),
        ("type: [s3]", "endpoints.unknown-attachment-store", 2),
        ("types: image", "endpoints.wrong-type", 2),
        ("secret: short", "endpoints.wrong-type", 2),
        ("foldr: x", "endpoints.unknown-key", 2),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text, code, line):
    _, report = endpoints(f"attachments:\n  {text}\n")
    (problem,) = told(report, code)
    assert problem.place.line == line


def test_no_types_at_all_is_not_the_usual_ones():
    read, _ = endpoints("attachments:\n  types: []\n")
    assert read.attachments.types == ()
    read, _ = endpoints("attachments:\n  type: local\n")
    assert read.attachments.types is None
