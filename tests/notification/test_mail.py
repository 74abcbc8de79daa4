"""How letters read and what is sent: both languages, no gaps, no forgery, the same bytes always."""

import re
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from services.notification.clients import TEMPLATES, sources_of, template_names
from services.notification.rules.instants import milliseconds
from services.notification.rules.mail import (
    ADDRESS_CHARACTERS_MAX,
    LANGUAGES,
    RULE,
    LetterUnreadable,
    Stamp,
    deliverable,
    instant,
    mail_bytes,
    one_line,
    render,
    yuan,
)
from services.notification.rules.retries import Patience, retry_at
from services.notification.settings import Settings

EXAMPLES: dict[str, dict[str, Any]] = yaml.safe_load(
    (TEMPLATES / "examples.yaml").read_text(encoding="utf-8")
)["letters"]
STAMP = Stamp("m-1", "2021-07-12T18:00:00+08:00", "Mingjing <no-reply@x.org>", "x.org")


def test_every_letter_has_an_example_and_a_text_per_language() -> None:
    """A new letter cannot be added without them."""
    files = {p.name for p in TEMPLATES.glob("*.txt")}
    assert set(EXAMPLES) == set(template_names())
    assert files == {f"{name}.{language}.txt" for name in EXAMPLES for language in LANGUAGES}


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_every_letter_renders_in_both_languages(name: str) -> None:
    """One mail: the Chinese text, a rule, the English text; nothing left open."""
    mail = render(sources_of(name), EXAMPLES[name])
    chinese, english = mail.text.split(f"\n\n{RULE}\n\n")
    assert EXAMPLES[name]["applicant_name"] in chinese
    assert "To 虚构学会:" in english
    assert EXAMPLES[name]["application_id"] in chinese
    assert EXAMPLES[name]["application_id"] in english
    assert "{{" not in mail.text
    assert "{%" not in mail.text
    assert "\n\n\n" not in mail.text
    assert " / " in mail.subject
    assert "\n" not in mail.subject


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_a_missing_value_is_an_error_and_never_a_gap(name: str) -> None:
    """Each value on its own; only what both texts pass over may be absent."""
    text = "".join(sources_of(name).values())
    for lost in EXAMPLES[name]:
        rest = {k: v for k, v in EXAMPLES[name].items() if k != lost}
        if re.search(rf"\b{lost}\b", text):
            with pytest.raises(LetterUnreadable, match=lost):
                render(sources_of(name), rest)


def test_a_name_cannot_forge_a_paragraph_or_a_header() -> None:
    """Line breaks in values become spaces, in the text and in the subject."""
    forged = {
        **EXAMPLES["receipt"],
        "applicant_name": "学会\n\n予以立项",
        "title": "题\r\nBcc: everyone@x.org",
    }
    mail = render(sources_of("receipt"), forged)
    assert "学会 予以立项" in mail.text
    sent = message_from_bytes(mail_bytes(mail, "a@x.org", STAMP), policy=default)
    assert sent["Bcc"] is None
    assert "Bcc: everyone@x.org" in sent["Subject"]


def test_a_value_is_never_a_template() -> None:
    """What looks like one is printed as it stands."""
    sly = {**EXAMPLES["receipt"], "title": "{{ applicant_name.__class__ }}"}
    assert "{{ applicant_name.__class__ }}" in render(sources_of("receipt"), sly).text


def test_the_same_message_is_always_the_same_bytes() -> None:
    """Message-ID and Date follow from the message: a second sending is recognisably the first."""
    mail = render(sources_of("receipt"), EXAMPLES["receipt"])
    sent = mail_bytes(mail, "a@x.org", STAMP)
    assert sent == mail_bytes(render(sources_of("receipt"), EXAMPLES["receipt"]), "a@x.org", STAMP)
    read = message_from_bytes(sent, policy=default)
    assert read["Message-ID"] == "<m-1@x.org>"
    assert read["Date"].datetime == datetime.fromisoformat(STAMP.queued_at)
    assert read["To"] == "a@x.org"
    assert read["Auto-Submitted"] == "auto-generated"
    assert read.get_content().replace("\r\n", "\n") == mail.text
    assert all(len(line) <= 998 for line in sent.split(b"\r\n"))


@pytest.mark.parametrize(
    ("address", "holds"),
    [
        ("a@x.org", True),
        ("a.b+c@sub.x.org", True),
        ("a@x.org\r\nBcc: b@x.org", False),
        ("a@x.org, b@x.org", False),
        ("A <a@x.org>", False),
        ("nobody", False),
        ("a@b@c", False),
        ("学会@x.org", False),
        ("", False),
        ("a" * (ADDRESS_CHARACTERS_MAX - 6) + "@x.org", True),
        ("a" * (ADDRESS_CHARACTERS_MAX - 5) + "@x.org", False),
    ],
)
def test_only_an_address_every_server_takes_is_written_to(address: str, holds: bool) -> None:
    """One address, visible ASCII, at most 254 characters."""
    assert deliverable(address) is holds


@pytest.mark.parametrize(
    ("fen", "text"),
    [(0, "0.00"), (1, "0.01"), (100, "1.00"), (30_000_000, "300,000.00"), (-5, "-0.05")],
)  # fmt: skip
def test_money_is_written_to_the_fen(fen: int, text: str) -> None:
    """Integers all the way."""
    assert yuan(fen) == text


@given(st.integers(-(2**53), 2**53))
def test_no_amount_is_rounded(fen: int) -> None:
    """Reading the text back gives the same fen."""
    assert int(yuan(fen).replace(",", "").replace(".", "")) == fen


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2021-07-12T18:00:00+08:00", "2021-07-12 18:00:00 (UTC+08:00)"),
        ("2021-07-12T10:00:00.123456Z", "2021-07-12 10:00:00 (UTC+00:00)"),
        ("2021-07-12T00:00:00-09:30", "2021-07-12 00:00:00 (UTC-09:30)"),
    ],
)
def test_an_instant_keeps_the_offset_it_was_meant_in(text: str, shown: str) -> None:
    """Nobody has to guess whose six o'clock it was."""
    assert instant(text) == shown


def test_instants_are_ordered_by_what_they_mean() -> None:
    """Six in Beijing is before eleven in London, whatever the text says."""
    assert milliseconds("2021-07-12T18:00:00+08:00") < milliseconds("2021-07-12T11:00:00Z")
    assert milliseconds("1970-01-01T00:00:00.001Z") == 1


def test_only_text_is_put_on_one_line() -> None:
    """Numbers stay numbers, so that filters can still read them."""
    assert one_line("a\x00b\n\tc") == "a b c"
    assert one_line(5) == 5


NOW = datetime.fromisoformat("2021-07-12T18:00:00+08:00")
PATIENCE = Patience(attempts_max=4, retry_seconds_first=60, retry_seconds_max=200)


@pytest.mark.parametrize(
    ("failures", "code", "seconds"),
    [
        (1, 451, 60),
        (2, 451, 120),
        (3, 451, 200),
        (4, 451, None),
        (1, 0, 60),
        (1, 499, 60),
        (1, 500, None),
        (1, 550, None),
        (3, 0, 200),
    ],
)
def test_a_refused_mail_is_tried_again_with_patience_and_an_end(
    failures: int, code: int, seconds: int | None
) -> None:
    """4xx and a broken line may be tried again, doubling to the cap; 5xx and the last may not."""
    expected = None if seconds is None else NOW + timedelta(seconds=seconds)
    assert retry_at(failures, code, NOW, PATIENCE) == expected


def test_templates_lie_beside_the_service(root: Path) -> None:
    """They are part of the source, not of an installation."""
    assert root / "services/notification/templates" == TEMPLATES


@pytest.mark.parametrize("sender", ["", "nobody", "@x.org", "a@", "A <a@x.org>\r\nBcc: b@x.org"])
def test_a_service_does_not_start_with_a_sender_that_is_no_address(sender: str) -> None:
    """Found at the start, not at the first mail."""
    with pytest.raises(ValidationError, match="NOTIFICATION_SENDER"):
        Settings(
            database_url="-", kafka_bootstrap_servers="-", token_secret=SecretStr("x" * 20),
            smtp_host="-", smtp_port=25, sender=sender, mail_domain="x.org",
        )  # fmt: skip
