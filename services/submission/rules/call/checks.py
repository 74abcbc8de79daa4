"""What must hold inside a call file beyond its shape: sums, orders, references."""

from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from services.submission.rules.call.problems import CallProblem, Severity, Text, pointer
from services.submission.rules.call.schema import shape_problems

Document = Mapping[str, Any]
Check = Callable[[Document], Iterator[CallProblem]]
BASIS_POINTS = 10_000
_HOLIDAY_DAYS_MAX = 60


def content_problems(document: object) -> tuple[CallProblem, ...]:
    """Every broken promise in the sections whose shape is right; shape reports the others."""
    if not isinstance(document, Mapping):
        return ()
    broken = {problem.where.split("/")[1] for problem in shape_problems(document) if problem.where}
    found: list[CallProblem] = []
    for sections, check in _CHECKS:
        if not broken & set(sections) and all(name in document for name in sections):
            found.extend(check(document))
    return tuple(found)


def _problem(
    code: str, where: str, what: Text, mend: Text, severity: Severity = "error"
) -> CallProblem:
    return CallProblem(code, where, what, mend, severity)


def _window(document: Document) -> Iterator[CallProblem]:
    """The window opens before it closes, and each form it needs has a way in.

    Source: R42-R46. Boundary: a window that closes the instant it opens is empty.
    """
    window = document["window"]
    opens, closes = (datetime.fromisoformat(window[k]) for k in ("opens_at", "closes_before"))
    if opens >= closes:
        what = Text("截止早于或等于开放时间", "the window closes before it opens")
        mend = Text("改正两个时刻之一", "Correct one of the two instants")
        yield _problem("window_empty", "/window/closes_before", what, mend)
    carried = {channel["carries"] for channel in window["channels"]}
    for form in window["forms_required"]:
        if form not in carried:
            what = Text(f"没有接收 {form} 的渠道", f"no channel carries {form}")
            mend = Text("增加一个渠道", "Add a channel, or do not require the form")
            yield _problem("form_without_channel", "/window/channels", what, mend)
    for number, channel in enumerate(window["channels"]):
        if channel["rule"] == "dispatch_day" and channel["carries"] != "paper":
            where = pointer("window", "channels", number, "rule")
            what = Text("只有纸质材料才有发出日期", "only paper has a dispatch day")
            mend = Text("改为 server_receipt", "Use server_receipt")
            yield _problem("rule_unfit_for_channel", where, what, mend)


def _amount(document: Document) -> Iterator[CallProblem]:
    """The nominal amount lies between the officer's limits.

    Source: R24, A7. Unit: fen. Boundary: a limit equal to the nominal amount is right.
    """
    amount = document["amount"]
    if not amount["min_fen"] <= amount["nominal_fen"] <= amount["max_fen"]:
        what = Text("名义额度不在上下限之间", "the nominal amount is outside its own limits")
        mend = Text("使 min ≤ nominal ≤ max", "Make min_fen ≤ nominal_fen ≤ max_fen")
        yield _problem("amount_out_of_limits", "/amount", what, mend)


def _budget(document: Document) -> Iterator[CallProblem]:
    """A budget that cannot pay for the whole quota is worth a warning; it may be meant.

    Source: R23, R24, N10, A7. Unit: fen. Boundary: a budget of exactly quota times amount is quiet.
    """
    needed = document["quota"]["awards_max"] * document["amount"]["nominal_fen"]
    total = document["budget"]["total_fen"]
    if total < needed:
        what = Text(f"总额 {total} 分不足 {needed} 分", f"{total} fen do not reach {needed} fen")
        mend = Text("确认可少于项数立项", "Confirm that fewer awards may be made")
        yield _problem("budget_below_quota", "/budget/total_fen", what, mend, "warning")


def _items(document: Document) -> Iterator[CallProblem]:
    """Item codes begin with their strand's, and an application may choose at most what there is.

    Source: R6-R22, R36. Boundary: all items may be chosen, one more may not.
    """
    count = 0
    for s, strand in enumerate(document["strands"]):
        for i, item in enumerate(strand["items"]):
            count += 1
            if not item["code"].startswith(f"{strand['code']}."):
                where = pointer("strands", s, "items", i, "code")
                what = Text(
                    "编号与类别不符", f"{item['code']} does not begin with {strand['code']}."
                )
                mend = Text("改正编号", "Correct the code")
                yield _problem("item_code_unfit", where, what, mend)
    limits = document["applications"]
    if not limits["items_min"] <= limits["items_max"] <= count:
        what = Text(f"应 min ≤ max ≤ {count}", f"items_min ≤ items_max ≤ {count} does not hold")
        mend = Text("改正上下限", "Correct the limits")
        yield _problem("item_limits_unfit", "/applications/items_max", what, mend)


def _documents(document: Document) -> Iterator[CallProblem]:
    """No more originals than copies; the form is one of the annexes.

    Source: R37, R41, R54, A11. Boundary: all copies may be originals.
    """
    documents = document["documents"]
    if documents["originals_min"] > documents["copies"]:
        what = Text("原件数多于份数", "more originals than copies are asked for")
        mend = Text("减少原件数", "Ask for fewer originals or more copies")
        yield _problem("originals_above_copies", "/documents/originals_min", what, mend)
    if documents["form_annex"] not in {annex["id"] for annex in document["annexes"]}:
        what = Text("没有该附件", f"there is no annex {documents['form_annex']!r}")
        mend = Text("在 annexes 中列出", "List it under annexes")
        yield _problem("annex_unknown", "/documents/form_annex", what, mend)


def _completion(document: Document) -> Iterator[CallProblem]:
    """The due day is the last of the month named, or lies in it.

    Source: R25, A9. Unit: days. Boundary: 31 March for "March"; 30 March is not the last day.
    """
    completion = document["completion"]
    due, month = date.fromisoformat(completion["due_on"]), completion["month"]
    last = monthrange(due.year, due.month)[1]
    fits = completion["due_rule"] != "last_day_of_month" or due.day == last
    if f"{due:%Y-%m}" != month or not fits:
        what = Text(f"{due} 与 {month} 不符", f"{due} does not fit {month} and the due rule")
        mend = Text("改为当月最后一天", "Use the last day of the month, or due_rule named_day")
        yield _problem("due_day_unfit", "/completion/due_on", what, mend)


def _shares(document: Document) -> Iterator[CallProblem]:
    """Weights and shares each add up to exactly 10,000 basis points.

    Source: N1, N6. Unit: basis points. Boundary: 9,999 and 10,001 are both wrong.
    """
    for where, entries, key in (
        ("/review/criteria", document["review"]["criteria"], "weight_bp"),
        ("/tranches", document["tranches"], "share_bp"),
    ):
        total = sum(entry[key] for entry in entries)
        if total != BASIS_POINTS:
            what = Text(
                f"合计 {total}，应为 {BASIS_POINTS}", f"add up to {total}, not {BASIS_POINTS}"
            )
            mend = Text(f"调整 {key}", f"Change {key} so that the sum is {BASIS_POINTS}")
            yield _problem("shares_do_not_add_up", where, what, mend)


def _review(document: Document) -> Iterator[CallProblem]:
    """A panel is large enough for the valid reviews a score needs, and tie-breaks name criteria.

    Source: N1. Unit: reviewers. Boundary: a panel of exactly that many is enough.
    """
    review = document["review"]
    if review["panel_size"] < review["aggregation"]["reviews_min"]:
        what = Text(
            "评审人数少于所需有效评审数", "the panel is smaller than the reviews a score needs"
        )
        mend = Text("增加人数或降低要求", "Enlarge the panel or need fewer reviews")
        yield _problem("panel_too_small", "/review/panel_size", what, mend)
    known = {criterion["id"] for criterion in review["criteria"]}
    for number, step in enumerate(review["tie_breaks"]):
        for name in sorted(set(step["criteria"]) - known):
            where = pointer("review", "tie_breaks", number, "criteria")
            what = Text(f"没有指标 {name}", f"there is no criterion {name}")
            yield _problem("criterion_unknown", where, what, Text("改正", "Correct it"))


def _calendar(document: Document) -> Iterator[CallProblem]:
    """Holidays run forwards, stay short, and no make-up day is a holiday."""
    off: set[int] = set()
    for number, each in enumerate(document["calendar"]["days_off"]):
        first, last = (date.fromisoformat(each[key]).toordinal() for key in ("first", "last"))
        if not first <= last <= first + _HOLIDAY_DAYS_MAX:
            where = pointer("calendar", "days_off", number)
            what = Text("假期起止颠倒或过长", "the holiday runs backwards or too long")
            yield _problem("holiday_unfit", where, what, Text("改正起止", "Correct its days"))
        else:
            off |= set(range(first, last + 1))
    for number, day in enumerate(document["calendar"]["make_up_days"]):
        if date.fromisoformat(day).toordinal() in off:
            where = pointer("calendar", "make_up_days", number)
            what = Text(f"{day} 同时为假日", f"{day} is a holiday too")
            yield _problem("make_up_day_off", where, what, Text("删去其一", "Remove one of them"))


def _unique(where: str, key: str, entries: Callable[[Document], Sequence[Document]]) -> Check:
    """A check that ids or codes stand once in their list."""

    def check(document: Document) -> Iterator[CallProblem]:
        values = [entry[key] for entry in entries(document)]
        for value in sorted({v for v in values if values.count(v) > 1}):
            what = Text(f"{key} {value} 重复", f"the {key} {value} stands twice")
            yield _problem("repeated", where, what, Text("改名或删去", "Rename or remove one"))

    return check


_CHECKS: tuple[tuple[tuple[str, ...], Check], ...] = (
    (("window",), _window),
    (("amount",), _amount),
    (("quota", "amount", "budget"), _budget),
    (("strands", "applications"), _items),
    (("documents", "annexes"), _documents),
    (("completion",), _completion),
    (("review", "tranches"), _shares),
    (("review",), _review),
    (("calendar",), _calendar),
    (("window",), _unique("/window/channels", "id", lambda d: d["window"]["channels"])),
    (("strands",), _unique("/strands", "code", lambda d: d["strands"])),
    (
        ("strands",),
        _unique("/strands", "code", lambda d: [i for s in d["strands"] for i in s["items"]]),
    ),
    (("annexes",), _unique("/annexes", "id", lambda d: d["annexes"])),
    (("rule_pack",), _unique("/rule_pack/rules", "id", lambda d: d["rule_pack"]["rules"])),
    (("review",), _unique("/review/criteria", "id", lambda d: d["review"]["criteria"])),
    (("tranches",), _unique("/tranches", "id", lambda d: d["tranches"])),
    (("form",), _unique("/form/fields", "id", lambda d: d["form"]["fields"])),
)
