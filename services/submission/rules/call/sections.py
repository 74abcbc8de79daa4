"""The sections of a call file, each as a piece of JSON Schema."""

from services.submission.rules.call.shape_words import (
    Shape,
    choice,
    day,
    flag,
    instant,
    listed,
    nothing_or,
    open_object,
    record,
    text,
    two_languages,
    whole,
)

FEN_MAX = 2**53 - 1
BASIS_POINTS = 10_000

ORIGIN = choice("Who set this: `ours` is a default the notice does not state.", "ours", "notice")
CLAUSE = {**text("The clause of the notice this reads, e.g. R31."), "pattern": r"^[RN]\d{1,3}$"}
PLACEHOLDER = flag("True when the notice as captured lacks this and something stands in for it.")
WORDS = {"zh": text("The text in Chinese."), "en": text("The text in English.")}


def fen(says: str) -> Shape:
    return whole(f"{says} Unit: CNY fen.", 0, FEN_MAX)


ITEM = record("One content item.", {"code": text("Its code, e.g. 1.1."), **WORDS})
STRAND = record(
    "A strand of the call's content.",
    {
        "code": text("Its code; the codes of its items begin with it."),
        "title": two_languages("Its title."),
        "items": listed("Its content items.", ITEM, least=1),
    },
)
CHANNEL = record(
    "One way to send something in, with its own deadline rule.",
    {
        "id": text("Its id, e.g. courier."),
        "carries": choice("What comes this way.", "paper", "electronic"),
        "rule": choice(
            "What decides whether it is in time: the day on the waybill, our server's receipt, or"
            " the clerk's receipt.",
            "dispatch_day",
            "server_receipt",
            "receipt",
        ),
        "clause": CLAUSE,
        "text": two_languages("The rule in words, as applicants read it."),
    },
    {
        "address": nothing_or(two_languages("Where to send it. Needed before publication.")),
        "addressee": two_languages("Who receives it there."),
        "placeholder": PLACEHOLDER,
        "origin": ORIGIN,
    },
)
WINDOW = record(
    "When and how applications come in.",
    {
        "zone": text("The IANA zone the dates are meant in."),
        "opens_at": instant("The first instant of the window."),
        "closes_before": instant("The exclusive end: an instant equal to it is late."),
        "shown": two_languages("The deadline as people read it."),
        "late_accepted": flag("Whether late applications are taken."),
        "arrival_grace_days": nothing_or(
            whole("Days after the close a parcel sent in time may arrive; null: no limit.", 0, 366)
        ),
        "forms_required": listed(
            "Forms every application needs in time.",
            choice("A form.", "paper", "electronic"),
            least=1,
        ),
        "channels": listed("The ways in.", CHANNEL, least=1),
    },
)
DOCUMENTS = record(
    "What has to be sent.",
    {
        "copies": whole("Paper copies.", 0, 99),
        "originals_min": whole("How many of the copies must be originals.", 0, 99),
        "vetting": flag("Whether the applicant must state that it vetted the form."),
        "opinion": flag("Whether the head of the unit must write an opinion."),
        "seal": flag("Whether the applicant's seal is needed on every copy."),
        "form_annex": text("The id of the annex that is the application form."),
        "authoritative": choice("What prevails on a mismatch.", "paper", "electronic"),
        "electronic": flag("Whether an electronic version is needed."),
        "electronic_kinds": listed("Kinds of electronic file needed.", text("A kind.")),
        "electronic_counts": choice(
            "Which of several electronic versions counts.", "first", "last"
        ),
        "signatories": listed("Roles that may sign the opinion.", text("A role."), least=1),
        "correction": flag("Whether missing documents may be mended."),
    },
    {
        "correction_working_days": whole("Working days an applicant has to mend.", 1, 99),
        "origin": ORIGIN,
    },
)
FIELD = record(
    "One field of the application form.",
    {
        "id": text("Its id."),
        **WORDS,
        "kind": choice(
            "What it takes.", "text", "amount_fen", "integer", "yes_no", "date", "items", "table"
        ),
        "required": flag("Whether it must be filled."),
    },
    {"characters_max": whole("The most characters it takes.", 1, 100_000)},
)
CRITERION = record(
    "One line of the score sheet.",
    {
        "id": text("Its id."),
        "clause": CLAUSE,
        "weight_bp": whole(
            "Its weight in basis points; all weights add up to 10000.", 1, BASIS_POINTS
        ),
        "points_max": whole("The most points it can get.", 1, 1000),
        **WORDS,
    },
)
REVIEW = record(
    "How applications are judged.",
    {
        "method": choice("How reviewers work.", "written", "panel", "both"),
        "panel_size": whole("Reviewers per application.", 1, 99),
        "aggregation": record(
            "How sheets become one score.",
            {
                "method": choice("The rule.", "mean", "trimmed_mean", "trimmed_mean_by_criterion"),
                "trim_above": whole("Highest and lowest drop with MORE sheets than this.", 3, 99),
                "reviews_min": whole("Valid sheets a score needs.", 1, 99),
                "decimals": whole("Decimals a score is shown with.", 0, 12),
                "rounding": choice("How the shown score is rounded.", "half_even", "half_up"),
            },
        ),
        "tie_breaks": listed(
            "What separates equal scores, first step first.",
            record(
                "One step.",
                {
                    "kind": choice("What is compared.", "criteria", "lower_requested", "lot"),
                    "criteria": listed("Criteria compared, for kind criteria.", text("An id.")),
                },
            ),
        ),
        "conflicts": open_object("How conflicts of interest are handled."),
        "criteria": listed("The score sheet.", CRITERION, least=1),
    },
    {"origin": ORIGIN},
)
CALENDAR = record(
    "The working-day calendar. A day outside `covers` is refused, never guessed.",
    {
        "covers": record("The days it speaks for.", {"first": day("First."), "last": day("Last.")}),
        "sources": listed("Where it comes from.", text("An address."), least=1),
        "days_off": listed(
            "Public holidays.",
            record("One holiday.", {"first": day("First."), "last": day("Last."), **WORDS}),
        ),
        "make_up_days": listed("Weekend days people work on.", day("A day.")),
    },
)
TRANCHE = record(
    "One instalment.",
    {
        "id": text("Its id."),
        "condition": text("What releases it, e.g. agreement_signed."),
        "share_bp": whole("Its share in basis points; all add up to 10000.", 1, BASIS_POINTS),
    },
    {"origin": ORIGIN},
)
CLAUSE_ENTRY = record(
    "A clause of the notice: R-numbers for what it says, N-numbers for what it is silent on. It is"
    " held by rules, by data, or judged by people.",
    {"id": CLAUSE, **WORDS},
    {
        "rules": listed("Ids of the rules that apply it.", text("A rule id."), least=1),
        "data": listed("JSON pointers to the fields that hold it.", text("A pointer."), least=1),
        "judged_by_people": record(
            "Signed: people judge this.",
            {
                "who": text("Which role judges."),
                "why": two_languages("Why no rule does."),
                "signed_by": text("Who signed that."),
                "signed_on": day("When."),
            },
        ),
    },
)
ANNEX = record(
    "A file that goes with the notice.",
    {"id": text("Its id."), "title": two_languages("Its title.")},
    {
        "file": nothing_or(text("Its path. Needed before publication.")),
        "placeholder": PLACEHOLDER,
    },
)
CONTACT = record(
    "An office to ask. No persons, no personal numbers.",
    {"id": text("Its id."), **WORDS, "phones": listed("Office numbers.", text("A number."))},
    {"clause": CLAUSE},
)
