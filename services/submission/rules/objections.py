"""Objections to a public notice: written, under real name, with contact and evidence, in time."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from services.submission.rules.problem import Problem

NAME_CHARACTERS_MIN = 2
PHONE_DIGITS_MIN = 7
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
NAMELESS = {"匿名", "anonymous", "无名", "不具名", "某人", "n/a", "none"}


@dataclass(frozen=True, slots=True)
class Statement:
    """An objection as it was written."""

    name: str
    contact: str
    text: str


def problems(statement: Statement) -> tuple[Problem, ...]:
    """Everything that keeps an objection from being taken; none means it is taken."""
    return (*under_real_name(statement), *can_be_reached(statement), *says_something(statement))


def under_real_name(statement: Statement) -> Iterator[Problem]:
    """The objection bears a name, not a sign of namelessness.

    Source: domain §7.4 (实名). Unit: characters. Two characters (张三) are a name, one is not.
    """
    name = statement.name.strip()
    if len(name) < NAME_CHARACTERS_MIN or name.lower() in NAMELESS:
        yield Problem(
            "name", "name_missing",
            "Sign with your real name: an objection without one cannot be taken.",
            "异议须实名提出，请填写真实姓名或单位名称。",
        )  # fmt: skip


def can_be_reached(statement: Statement) -> Iterator[Problem]:
    """The objector can be reached: an e-mail address, or a telephone number of at least 7 digits.

    Source: domain §7.4 (联系方式). Unit: digits.
    """
    digits = sum(c.isdigit() for c in statement.contact)
    if not EMAIL.search(statement.contact) and digits < PHONE_DIGITS_MIN:
        yield Problem(
            "contact", "contact_missing",
            "Give an e-mail address or a telephone number where we can reach you.",
            "请填写可联系到您的电子邮箱或电话号码。",
        )  # fmt: skip


def says_something(statement: Statement) -> Iterator[Problem]:
    """The objection says what is objected to.

    Source: domain §7.4 (书面). Unit: none; blank text says nothing.
    """
    if not statement.text.strip():
        yield Problem(
            "statement",
            "statement_missing",
            "Say what you object to and why.",
            "请写明异议内容及理由。",
        )


def within_notice(day: str, posted_on: str, ends_on: str) -> bool:
    """An objection is in time from the day of posting to the end of the last day.

    Source: domain §7.4 (公示期). Unit: days of the call's zone, ISO 8601. Both ends are in.
    """
    return posted_on <= day <= ends_on
