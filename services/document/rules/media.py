"""What a file really is, read from its own first bytes and never from its name."""

from io import BytesIO
from zipfile import BadZipFile, ZipFile

PDF = "application/pdf"
ZIP = "application/zip"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PNG = "image/png"
JPEG = "image/jpeg"

ADMITTED = (PDF, DOCX, ZIP, PNG, JPEG)
UNDECLARED = ("", "application/octet-stream")
"""What clients say when they do not know; then only the bytes speak."""

NAME_CHARACTERS_MAX = 200
_PDF_HEAD_BYTES = 1024


def sniff(data: bytes) -> str:
    """The media type the bytes show; empty when it is none of ours.

    Boundary: a PDF may carry up to 1,024 bytes before its mark, as readers have always allowed.
    """
    if data.startswith(b"PK\x03\x04") or data.startswith(b"PK\x05\x06"):
        return _sniff_zip(data)
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    return PDF if b"%PDF-" in data[:_PDF_HEAD_BYTES] else ""


def _sniff_zip(data: bytes) -> str:
    """A DOCX is a ZIP that holds a Word document; only its list of names is read."""
    try:
        with ZipFile(BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (BadZipFile, ValueError, NotImplementedError, OSError):
        return ""
    return DOCX if {"[Content_Types].xml", "word/document.xml"} <= names else ZIP


def agrees(declared: str, found: str) -> bool:
    """Whether the declared media type is the one the bytes show; parameters do not matter."""
    plain = declared.partition(";")[0].strip().lower()
    return found in ADMITTED and (plain in UNDECLARED or plain == found)


def plain_name(name: str) -> str:
    """A file name without folders and control characters, short enough for any system."""
    last = name.replace("\\", "/").rpartition("/")[2]
    visible = "".join(c for c in last if c.isprintable() and c not in '<>:"|?*').strip(" .")
    return visible[:NAME_CHARACTERS_MAX]
