"""Telling organisations and people apart by what is written about them, erring on "the same"."""

import re
import unicodedata
from functools import lru_cache

from services.review.rules.parties import Organisation, Person

BRACKETED = re.compile(r"[(\[{<〔【〖「『《〈][^)\]}>〕】〗」』》〉]*[)\]}>〕】〗」』》〉]")
# A branch or a department acts for its legal person: 中国化学会有机化学委员会 is 中国化学会.
BRANCH = re.compile(
    r"(.+?(?:学会|协会|研究会|大学|联合会))"
    r".+(?:委员会|专委会|分会|办公室|秘书处|编辑部|部|处|中心|系|所|院|室)"
)
SUFFIXES = ("秘书处", "办公室", "股份有限公司", "有限责任公司", "有限公司", "总公司", "公司")
LEGAL_WORDS = frozenset(
    ("co", "ltd", "llc", "inc", "corp", "plc", "gmbh", "limited", "company", "secretariat")
)
# What people write in a field they cannot fill; it names nobody.
PLACEHOLDERS = frozenset(
    ("无", "暂无", "不详", "未知", "待定", "其他", "na", "none", "null", "unknown", "tbd", "other")
)
NAME_LENGTH_MIN = 2


def organisation_keys(organisation: Organisation) -> frozenset[str]:
    """Everything the organisation may be recognised by; two that share a key count as one.

    An empty result means that nobody can tell who this is: the caller must fail closed.
    """
    names = (organisation.name, *organisation.former_names)
    keys = {f"name:{key}" for name in names for key in name_keys(name)}
    if code := code_key(organisation.id):
        keys.add(f"id:{code}")
    return frozenset(keys)


def person_keys(person: Person) -> frozenset[str]:
    """Everything the person may be recognised by."""
    keys = {f"email:{key}" for email in person.emails if (key := email_key(email))}
    if code := code_key(person.id):
        keys.add(f"id:{code}")
    if name := _letters(_plain(person.name)):
        keys.add(f"name:{name}")
    return frozenset(keys)


def same_person(one: Person, other: Person) -> str | None:
    """The key two people share, or None when they are told apart.

    A shared name counts as the same person unless both carry an id and the ids differ: namesakes
    are common, yet one seat lost costs less than a leader who scores their own application.
    """
    shared = set(person_keys(one) & person_keys(other))
    if one.id and other.id and code_key(one.id) != code_key(other.id):
        shared = {key for key in shared if not key.startswith("name:")}
    return min(shared, default=None)


@lru_cache(maxsize=65_536)
def name_keys(name: str) -> frozenset[str]:
    """The spellings under which an organisation's name is compared.

    Width, case, spaces, punctuation and brackets are ignored, with and without what the brackets
    hold; legal forms and secretariat suffixes fall away; a branch also counts as its parent.
    """
    plain = _plain(name)
    keys: set[str] = set()
    for text in (plain, BRACKETED.sub(" ", plain)):
        whole = _without_legal_words(text)
        keys |= {_letters(text), whole, _without_suffix(whole)}
    keys |= {parent[1] for key in keys if (parent := BRANCH.fullmatch(key))}
    return frozenset(k for k in keys if len(k) >= NAME_LENGTH_MIN and k not in PLACEHOLDERS)


def code_key(code: str | None) -> str:
    """A registration code without spaces, hyphens, width or case; empty when there is none."""
    return _letters(_plain(code)).upper() if code else ""


def email_key(email: str) -> str:
    """An address without its alias tag, so that two spellings of one mailbox meet."""
    local, at, domain = _plain(email).strip().rpartition("@")
    local = local.partition("+")[0]
    if domain in {"gmail.com", "googlemail.com"}:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}" if at and local and domain else ""


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


def _without_legal_words(text: str) -> str:
    words = re.findall(r"[^\W_]+", text)
    while len(words) > 1 and words[-1] in LEGAL_WORDS:
        words.pop()
    if len(words) > 1 and words[0] == "the":
        words.pop(0)
    return "".join(words)


def _without_suffix(name: str) -> str:
    for suffix in SUFFIXES:
        if name.endswith(suffix) and len(name) - len(suffix) >= NAME_LENGTH_MIN:
            return _without_suffix(name.removesuffix(suffix))
    return name
