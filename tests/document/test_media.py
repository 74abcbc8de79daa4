"""What a file really is: its bytes speak, its name and its declared type are only checked."""

from io import BytesIO
from zipfile import ZipFile

import pytest

from services.document.rules.media import (
    DOCX,
    JPEG,
    NAME_CHARACTERS_MAX,
    PDF,
    PNG,
    ZIP,
    agrees,
    plain_name,
    sniff,
)


def archive(*names: str) -> bytes:
    held = BytesIO()
    with ZipFile(held, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return held.getvalue()


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"%PDF-1.4", PDF),
        (b"x" * 1019 + b"%PDF-", PDF),
        (b"x" * 1020 + b"%PDF-", ""),
        (archive("[Content_Types].xml", "word/document.xml"), DOCX),
        (archive("[Content_Types].xml", "xl/workbook.xml"), ZIP),
        (archive(), ZIP),
        (archive("a.txt")[:-10], ""),
        (b"PK\x03\x04 no archive at all", ""),
        (b"\x89PNG\r\n\x1a\n", PNG),
        (b"\xff\xd8\xff\xe0", JPEG),
        (b"MZ\x90\x00", ""),
        (b"", ""),
    ],
)
def test_the_bytes_say_what_a_file_is(data: bytes, found: str) -> None:
    """A broken archive is nothing, a PDF's mark may stand within the first 1,024 bytes."""
    assert sniff(data) == found


@pytest.mark.parametrize(
    ("declared", "found", "holds"),
    [
        (PDF, PDF, True),
        ("Application/PDF; charset=binary", PDF, True),
        ("application/octet-stream", PDF, True),
        ("", DOCX, True),
        (PDF, ZIP, False),
        (ZIP, DOCX, False),
        (PDF, "", False),
        ("", "", False),
        ("application/x-msdownload", "", False),
    ],
)
def test_a_declared_type_must_be_what_the_bytes_show(
    declared: str, found: str, holds: bool
) -> None:
    """Saying nothing is allowed; saying something else is not, and unknown bytes never are."""
    assert agrees(declared, found) is holds


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("申报书.pdf", "申报书.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\a\\form.docx", "form.docx"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie x.pdf"),
        ("..", ""),
        ("x" * 300, "x" * NAME_CHARACTERS_MAX),
    ],
)
def test_a_name_keeps_no_folder_and_no_control_character(said: str, name: str) -> None:
    """It goes into a header and onto people's screens."""
    assert plain_name(said) == name
