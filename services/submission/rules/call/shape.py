"""The shape of a call file, as JSON Schema 2020-12; `call.schema.json` is written from here."""

from services.submission.rules.call.sections import (
    ANNEX,
    CALENDAR,
    CLAUSE_ENTRY,
    CONTACT,
    DOCUMENTS,
    FIELD,
    ORIGIN,
    REVIEW,
    STRAND,
    TRANCHE,
    WINDOW,
    WORDS,
    fen,
)
from services.submission.rules.call.shape_rules import RULE_PACK
from services.submission.rules.call.shape_words import (
    Shape,
    choice,
    day,
    flag,
    listed,
    month,
    nothing_or,
    open_object,
    record,
    text,
    two_languages,
    whole,
)

_VERSIONS_MAX = 10_000

DEPARTMENT = record("The owning department.", {"id": text("Its id."), **WORDS})
REQUIRED: dict[str, Shape] = {
    "schema": {**whole("The version of this shape.", 1, 1), "const": 1},
    "id": {**text("The call's id: lower case, digits, hyphens."), "pattern": r"^[a-z0-9-]{1,80}$"},
    "version": whole("The version of the call; an amendment is the next one.", 1, _VERSIONS_MAX),
    "title": two_languages("The title."),
    "published_on": day("The day it is published."),
    "issuer": record(
        "Who calls.",
        {"organisation": two_languages("The funder."), "department": DEPARTMENT},
    ),
    "audience": two_languages("Who it is addressed to."),
    "strands": listed("The content.", STRAND, least=1),
    "applications": record(
        "How many, and of what.",
        {
            "per_applicant_max": nothing_or(whole("Applications per applicant; null: any.", 1, 99)),
            "items_min": whole("Content items chosen, at least.", 1, 999),
            "items_max": whole("Content items chosen, at most.", 1, 999),
        },
        {"consortium": open_object("Joint applications."), "origin": ORIGIN},
    ),
    "window": WINDOW,
    "quota": record(
        "How many awards.",
        {
            "awards_max": whole("At most.", 1, 100_000),
            "may_award_fewer": flag("Whether fewer may be made."),
        },
    ),
    "amount": record(
        "What one award is worth.",
        {
            "nominal_fen": fen("The amount the notice names."),
            "min_fen": fen("The least, entered by the officer."),
            "max_fen": fen("The most, entered by the officer."),
        },
        {"tolerance_origin": ORIGIN},
    ),
    "budget": record(
        "The money.",
        {
            "total_fen": fen("The total, entered on its own and never derived from the quota."),
            "entered_by": two_languages("Who entered it."),
        },
        {"headings": listed("Budget headings.", open_object("A heading.")), "origin": ORIGIN},
    ),
    "completion": record(
        "By when work is done.",
        {
            "month": month("The month the notice names."),
            "due_rule": choice("Which day of the month.", "last_day_of_month", "named_day"),
            "due_on": day("That day."),
        },
        {
            "report_due_on": nothing_or(day("The final report.")),
            "financial_close_on": nothing_or(day("The books.")),
            "acceptance": open_object("Checks, acceptance, audit."),
        },
    ),
    "annexes": listed("Files that go with it.", ANNEX),
    "documents": DOCUMENTS,
    "supplier_registration": record(
        "Registration as a supplier.",
        {
            "required": flag("Whether it is asked for."),
            "blocks": choice("What waits for it.", "none", "screening", "award", "payment"),
            "platform": two_languages("Where."),
        },
        {"page": two_languages("On which page.")},
    ),
    "rule_pack": RULE_PACK,
    "review": REVIEW,
    "public_notice": record(
        "The public notice of proposed awards.",
        {"working_days": whole("How long it stands, counting the first day.", 1, 99)},
        {"objection": open_object("What an objection needs."), "origin": ORIGIN},
    ),
    "calendar": CALENDAR,
    "tranches": listed("The instalments.", TRANCHE, least=1),
    "contacts": listed("Whom to ask.", CONTACT, least=1),
    "notice": record(
        "How many clauses the notice has: the lint misses none.",
        {"clauses": whole("R-numbers.", 0, 999), "silent": whole("N-numbers.", 0, 999)},
    ),
    "clauses": listed("Every clause.", CLAUSE_ENTRY),
}
OPTIONAL: dict[str, Shape] = {
    "purpose": two_languages("What it is for."),
    "agent": open_object("The agency that runs it."),
    "provenance": open_object("Where this file comes from."),
    "form": record(
        "The application form.",
        {"fields": listed("Its fields; none takes any form.", FIELD)},
        {"title_characters_max": whole("The longest title.", 1, 500), "origin": ORIGIN},
    ),
    **{
        name: open_object(says)
        for name, says in {
            "agreement": "The task book.",
            "appeals": "Appeals.",
            "amendments": "Extension and cancellation.",
            "withdrawal": "Withdrawal and replacement.",
            "retention": "How long paper is kept.",
        }.items()
    },
}
SCHEMA: Shape = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "urn:mingjing:call",
    "title": "A call for proposals",
    **record("A call for proposals as data.", REQUIRED, OPTIONAL),
}
