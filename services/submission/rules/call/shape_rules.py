"""The shape of a call's rule pack: which rules there are, and every parameter each one takes."""

from services.submission.rules.call.shape_words import (
    Shape,
    choice,
    flag,
    listed,
    nothing_or,
    record,
    text,
    whole,
)

_YEAR = whole("A year.", 1900, 2200)
_ANCHORS = ("call_published", "call_closes", "submitted_at", "screening_date")
_CLAUSE: Shape = {**text("The clause it reads."), "pattern": r"^[RN]\d{1,3}$"}

LOOKBACK = record(
    "A window of months before an anchor.",
    {
        "anchor": choice("The day it counts back from.", *_ANCHORS),
        "months": whole("How far back.", 0, 600),
        "event_date": choice(
            "Which date of a fact it tests.", "decision", "effective", "announced"
        ),
        "inclusive": flag("Whether the first day of the window is inside."),
        "until": choice("The last day inside.", *_ANCHORS),
        "announcement_lag_days_max": nothing_or(
            whole("The longest a decision lies before its announcement; null: no limit.", 0, 3650)
        ),
    },
)
PARAMETERS: dict[str, Shape] = {
    "member_class_not_admitted": record(
        "Whom the call addresses.",
        {
            "admitted": listed("Member classes admitted.", text("A class."), least=1),
            "asked": listed("Member classes a person decides on.", text("A class.")),
            "declaration_suffices": flag("Whether a declared class counts where none is on file."),
        },
    ),
    "penalised_within_lookback": record(
        "Administrative penalties.",
        {
            "lookback": LOOKBACK,
            "authority_kinds": listed("Authorities that count; none: all.", text("A kind.")),
            "penalty_kinds": listed("Penalties that count; none: all.", text("A kind.")),
            "penalised": listed("Whose penalties count; none: all.", text("Who.")),
        },
    ),
    "basically_qualified_years_running": record(
        "Annual inspections.",
        {
            "years_mode": choice("Which years.", "latest_concluded", "named", "any_on_record"),
            "years_named": listed("For mode named.", _YEAR),
            "years_running": whole("How many years one after another.", 1, 5),
            "as_of": choice("The day conclusions are looked at.", *_ANCHORS),
            "presumed_pending_years": listed("Years nobody had concluded by then.", _YEAR),
            "plus_any_unqualified": flag("Whether one unqualified year bars too (2022 text)."),
            "plus_any_not_inspected": flag("Whether one year without inspection bars too."),
        },
    ),
    "circularised_and_rectifying": record(
        "Circulars and rectification.",
        {
            "lookback": LOOKBACK,
            "join": choice("Whether both parts must hold.", "and", "or"),
            "in_force_at": choice("The day the rectification must be running.", *_ANCHORS),
            "period_ends": choice("What ends it.", "deadline", "clearance"),
        },
    ),
    "department_project_failed": record(
        "The department's own projects.",
        {
            "lookback": LOOKBACK,
            "departments": listed("Ids of the department, renames included.", text("An id."), 1),
            "force_majeure": choice("What a claim does.", "ignored", "excuses", "ask"),
            "sign_off_required": flag("Whether the department must vouch for it."),
        },
    ),
}
LOGIC_RULE = "any_exclusion_bars"
ELIGIBILITY_RULE_IDS = frozenset({*PARAMETERS, LOGIC_RULE})


def _parameters_of(rule_id: str, shape: Shape) -> Shape:
    return {
        "if": {"properties": {"id": {"const": rule_id}}, "required": ["id"]},
        "then": {
            "properties": {"parameters": shape},
            "required": ["parameters", "may_answer"],
        },
    }


RULE: Shape = {
    **record(
        "One rule with its parameters.",
        {"id": choice("Which rule.", *sorted(ELIGIBILITY_RULE_IDS)), "clause": _CLAUSE},
        {
            "may_answer": listed("Roles that may settle its questions.", text("A role."), least=1),
            "parameters": {"type": "object", "description": "Its parameters; none has a default."},
        },
    ),
    "allOf": [_parameters_of(rule_id, shape) for rule_id, shape in sorted(PARAMETERS.items())],
}
RULE_PACK = record(
    "The eligibility rules, versioned: a verdict names the pack it was made under.",
    {
        "id": text("The pack's id."),
        "version": whole("Its version.", 1, 1_000_000),
        "rules": listed("The rules.", RULE, least=1),
    },
    {
        "priorities": record(
            "What the call prefers; shown to reviewers.",
            {
                "mode": choice("How it acts.", "none", "criterion", "bonus", "tie_break"),
                "items": listed(
                    "The preferences.",
                    record(
                        "One preference.",
                        {
                            "id": text("Its id."),
                            "clause": _CLAUSE,
                            "zh": text("In Chinese."),
                            "en": text("In English."),
                        },
                    ),
                ),
            },
        )
    },
)
