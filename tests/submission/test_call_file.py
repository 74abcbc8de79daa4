"""The 2021 call file: what it says, and that it is whole."""

import json
from typing import Any

from services.eligibility.rules import RULE_IDS, criteria_from_pack
from services.submission.calls import CAST_2021, SCHEMA_FILE, schema_text
from services.submission.rules.call import blocking, parse_call, publication_problems
from services.submission.rules.call.shape_rules import ELIGIBILITY_RULE_IDS
from tests.submission.call_changes import DOCUMENT


def test_the_call_says_what_the_notice_says() -> None:
    """Strands, items, window, quota, money, completion: read as the rest of the code sees them."""
    call = parse_call(DOCUMENT)
    assert call.id == "cast-2021-open-cooperation"
    assert [len(strand.items) for strand in call.strands] == [6, 5, 5]
    assert (call.item_codes[0], call.item_codes[-1]) == ("1.1", "3.5")
    assert call.published_on.isoformat() == "2021-07-01"
    assert call.window.closes_before.isoformat() == "2021-07-13T00:00:00+08:00"
    assert call.window.last_day.isoformat() == "2021-07-12"
    assert call.window.arrival_grace_days is None
    assert (call.quota.awards_max, call.amount.nominal_fen) == (30, 30_000_000)
    assert call.budget_total_fen == 900_000_000
    assert call.due_on.isoformat() == "2022-03-31"
    assert call.supplier_blocks == "payment"
    assert call.per_applicant_max == 1
    assert (call.panel_size, call.notice_working_days) == (3, 5)
    assert [(t.condition, t.share_bp) for t in call.tranches] == [
        ("agreement_signed", 7000),
        ("acceptance_passed", 3000),
    ]
    assert sum(criterion.weight_bp for criterion in call.criteria) == 10_000


def test_each_channel_has_its_own_rule() -> None:
    """Courier by dispatch day, hand by receipt, e-mail and upload by our server."""
    channels = parse_call(DOCUMENT).window.channels
    assert [(c.id, c.carries, c.rule) for c in channels] == [
        ("courier", "paper", "dispatch_day"),
        ("hand", "paper", "receipt"),
        ("email", "electronic", "server_receipt"),
        ("upload", "electronic", "server_receipt"),
    ]


def test_what_the_capture_lacks_is_a_marked_placeholder_and_a_warning() -> None:
    """Mailbox, upload address and form stand in, are listed, and stop nothing."""
    problems = publication_problems(DOCUMENT)
    assert blocking(problems) == ()
    assert {(p.code, p.where, p.severity) for p in problems} == {
        ("placeholder", "/window/channels/2/address", "warning"),
        ("placeholder", "/window/channels/3/address", "warning"),
        ("placeholder", "/annexes/0/file", "warning"),
    }


def test_no_person_and_no_personal_number_is_in_the_file() -> None:
    """Offices only: eleven digits in a row would be a mobile number."""
    text = CAST_2021.read_text(encoding="utf-8")
    digits = "".join(c if c.isdigit() else " " for c in text)
    assert not [run for run in digits.split() if len(run) == 11]


def test_the_schema_on_disk_is_the_one_in_force() -> None:
    """`write_schema` was run after the last change of the shape."""
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text()


def test_every_key_of_the_schema_is_described() -> None:
    """A person who writes a call reads the schema."""

    def undescribed(shape: Any, path: str) -> list[str]:
        own = [] if "description" in shape else [path]
        inside = shape.get("properties", {}).items()
        nested = [p for name, sub in inside for p in undescribed(sub, f"{path}/{name}")]
        items = undescribed(shape["items"], f"{path}/*") if "items" in shape else []
        return [*own, *nested, *items]

    assert undescribed(json.loads(schema_text()), "") == []


def test_the_rules_a_pack_may_hold_are_the_ones_eligibility_implements() -> None:
    """Two services state them; this holds them equal, names and parameters."""
    assert ELIGIBILITY_RULE_IDS == RULE_IDS
    criteria_from_pack(DOCUMENT["rule_pack"])
