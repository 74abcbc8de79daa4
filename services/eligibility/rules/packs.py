"""Rule packs to and from JSON: the form in which a call carries its eligibility rules."""

from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache

from services.eligibility.rules.criteria import (
    ANY_EXCLUSION_BARS,
    BASICALLY_QUALIFIED_YEARS_RUNNING,
    CIRCULARISED_AND_RECTIFYING,
    DEPARTMENT_PROJECT_FAILED,
    MEMBER_CLASS_NOT_ADMITTED,
    PENALISED_WITHIN_LOOKBACK,
    Anchor,
    CircularRule,
    Criteria,
    EventDate,
    ForceMajeure,
    Head,
    InspectionRule,
    Join,
    Lookback,
    MembershipRule,
    PenaltyRule,
    PeriodEnds,
    ProjectRule,
    Rule,
    YearsMode,
)
from services.eligibility.rules.dates import YEAR_MAX, YEAR_MIN
from services.eligibility.rules.reading import Reader
from services.eligibility.rules.values import Text

Json = dict[str, object]
_MONTHS_MAX = 600
_LAG_DAYS_MAX = 3650
_YEARS_RUNNING_MAX = 5


def criteria_from_pack(pack: object) -> Criteria:
    """Read a call's rule pack. Texts and other keys are passed over; every parameter is required.

    Raises:
        Unreadable: with all problems: a missing parameter, an unknown value, an unknown rule id.
    """
    reader = Reader(pack)
    rules = tuple(_rule(entry) for entry in reader.children("rules"))
    criteria = Criteria(
        pack_id=reader.text("id"),
        pack_version=reader.integer("version", 1, 1_000_000),
        rules=tuple(rule for rule in rules if rule is not None),
    )
    _refuse_repeats(reader, criteria)
    reader.finish()
    return criteria


def _refuse_repeats(reader: Reader, criteria: Criteria) -> None:
    ids = [rule.head.id for rule in criteria.rules]
    for rule_id in sorted({rule_id for rule_id in ids if ids.count(rule_id) > 1}):
        what = Text(f"规则 {rule_id} 重复", f"the rule {rule_id} stands twice")
        reader.refuse("rules", "rule_repeated", what, Text("只保留一条", "Keep one of them"))


def _rule(entry: Reader) -> Rule | None:
    rule_id = entry.text("id")
    if rule_id == ANY_EXCLUSION_BARS:
        return None  # logic, not a test: it has no parameters
    read = _READ.get(rule_id)
    if read is None:
        known = ", ".join(sorted(_READ))
        entry.refuse(
            "id",
            "rule_unknown",
            Text(f"没有规则 {rule_id!r}", f"there is no rule {rule_id!r}"),
            Text(f"可用规则：{known}", f"Use one of: {known}"),
        )
        return None
    head = Head(rule_id, entry.text("clause"), entry.texts("may_answer"))
    return read(head, entry.child("parameters"))


def _lookback(parameters: Reader) -> Lookback:
    entry = parameters.child("lookback")
    unset = entry.fields.get("announcement_lag_days_max") is None
    return Lookback(
        anchor=entry.choice("anchor", Anchor),
        months=entry.integer("months", 0, _MONTHS_MAX),
        event_date=entry.choice("event_date", EventDate),
        inclusive=entry.flag("inclusive"),
        until=entry.choice("until", Anchor),
        announcement_lag_days_max=(
            None if unset else entry.integer("announcement_lag_days_max", 0, _LAG_DAYS_MAX)
        ),
    )


def _membership(head: Head, entry: Reader) -> Rule:
    return MembershipRule(
        head, entry.texts("admitted"), entry.texts("asked"), entry.flag("declaration_suffices")
    )


def _penalty(head: Head, entry: Reader) -> Rule:
    return PenaltyRule(
        head,
        _lookback(entry),
        entry.texts("authority_kinds"),
        entry.texts("penalty_kinds"),
        entry.texts("penalised"),
    )


def _inspection(head: Head, entry: Reader) -> Rule:
    named = entry.integers("years_named")
    if not all(YEAR_MIN <= year <= YEAR_MAX for year in named):
        entry.refuse("years_named", "bad_year", Text("年度超出范围", "a year is out of range"))
    return InspectionRule(
        head=head,
        years_mode=entry.choice("years_mode", YearsMode),
        years_named=named,
        years_running=entry.integer("years_running", 1, _YEARS_RUNNING_MAX),
        as_of=entry.choice("as_of", Anchor),
        presumed_pending_years=entry.integers("presumed_pending_years"),
        plus_any_unqualified=entry.flag("plus_any_unqualified"),
        plus_any_not_inspected=entry.flag("plus_any_not_inspected"),
    )


def _circular(head: Head, entry: Reader) -> Rule:
    return CircularRule(
        head,
        _lookback(entry),
        entry.choice("join", Join),
        entry.choice("in_force_at", Anchor),
        entry.choice("period_ends", PeriodEnds),
    )


def _project(head: Head, entry: Reader) -> Rule:
    return ProjectRule(
        head,
        _lookback(entry),
        entry.texts("departments"),
        entry.choice("force_majeure", ForceMajeure),
        entry.flag("sign_off_required"),
    )


_READ: dict[str, Callable[[Head, Reader], Rule]] = {
    MEMBER_CLASS_NOT_ADMITTED: _membership,
    PENALISED_WITHIN_LOOKBACK: _penalty,
    BASICALLY_QUALIFIED_YEARS_RUNNING: _inspection,
    CIRCULARISED_AND_RECTIFYING: _circular,
    DEPARTMENT_PROJECT_FAILED: _project,
}


@lru_cache(maxsize=64)
def criteria_to_json(criteria: Criteria) -> Json:
    """The pack again, parameters only: `criteria_from_pack` reads it back to an equal value.

    Written once per pack, for it stands in the evidence of every application; nobody may change it.
    """
    return {
        "id": criteria.pack_id,
        "version": criteria.pack_version,
        "rules": [
            {
                "id": rule.head.id,
                "clause": rule.head.clause,
                "may_answer": list(rule.head.may_answer),
                "parameters": _parameters(rule),
            }
            for rule in criteria.rules
        ],
    }


def _parameters(rule: Rule) -> Json:
    """Every field of a rule but its head; field names are the pack's parameter names."""
    names = [name for name in type(rule).__dataclass_fields__ if name != "head"]
    return {name: _plain(getattr(rule, name)) for name in names}


def _plain(value: object) -> object:
    if isinstance(value, Lookback):
        return {name: _plain(getattr(value, name)) for name in Lookback.__dataclass_fields__}
    if isinstance(value, tuple):
        return list(value)
    return value.value if isinstance(value, StrEnum) else value
