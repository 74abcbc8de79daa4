"""How the consecutive-inspection rule (R32) says what it looked at and what is still to ask."""

from collections.abc import Mapping, Sequence
from datetime import date

from services.eligibility.rules.criteria import InspectionRule, YearsMode
from services.eligibility.rules.facts import Conclusion, Fact, Inspection
from services.eligibility.rules.findings import Arithmetic, Weighed
from services.eligibility.rules.values import Text, Truth, joined

UNRECORDED = "unrecorded"
PRESUMED = "presumed_pending"
PENDING = Conclusion.PENDING.value

Window = tuple[tuple[int, str], ...]
"""The years looked at in one possible history, each with its state."""

Results = Mapping[Window, Truth]

_STATE_WORDS = {
    Conclusion.QUALIFIED.value: Text("合格", "qualified"),
    Conclusion.BASICALLY_QUALIFIED.value: Text("基本合格", "basically qualified"),
    Conclusion.UNQUALIFIED.value: Text("不合格", "unqualified"),
    Conclusion.NOT_INSPECTED.value: Text("未参检", "not inspected"),
    PENDING: Text("结论未出", "pending"),
    PRESUMED: Text("推定结论未出", "presumed pending"),
    UNRECORDED: Text("无记录", "not on record"),
}
_HOLDS_WORDS = {
    Truth.YES: Text("符合禁止情形", "bars"),
    Truth.NO: Text("不符合禁止情形", "does not bar"),
    Truth.UNDETERMINED: Text("不能判定", "does not decide"),
}
_SHOWN_MAX = 4


def weighed_in_words(
    holds: Truth,
    by_pattern: Sequence[tuple[str, Results]],
    rule: InspectionRule,
    facts: tuple[Fact, ...],
    day: date | None,
) -> Weighed:
    """Put the histories tried and their results into numbers and sentences."""
    arithmetic: Arithmetic = (
        ("years_mode", rule.years_mode.value),
        ("years_running", rule.years_running),
        ("as_of", rule.as_of.value),
        ("as_of_on", "unknown" if day is None else day.isoformat()),
        ("presumed_pending", ",".join(map(str, rule.presumed_pending_years)) or "none"),
        *((f"histories_{conclusion}", _in_numbers(results)) for conclusion, results in by_pattern),
    )
    sentences = [_lead(rule, day), *(_record_words(fact) for fact in facts)]
    sentences += [_in_words(conclusion, results) for conclusion, results in by_pattern]
    ask = _question(facts, rule) if holds is Truth.UNDETERMINED else None
    return Weighed(holds, arithmetic, joined(s for s in sentences if s.zh), ask)


def _in_numbers(results: Results) -> str:
    """E.g. `2018:qualified 2019:qualified = no`, one history after another, in a fixed order."""
    return "; ".join(
        f"{' '.join(f'{year}:{state}' for year, state in window) or 'no year'} = {results[window]}"
        for window in sorted(results)
    )


def _lead(rule: InspectionRule, day: date | None) -> Text:
    if rule.years_mode is YearsMode.LATEST_CONCLUDED:
        return Text(
            f"查看截至 {day or '（日期不明）'} 最近 {rule.years_running} 个已有结论的年度。",
            f"Looked at: the latest {rule.years_running} concluded years as of {day or 'unknown'}.",
        )
    if rule.years_mode is YearsMode.NAMED:
        years = ", ".join(map(str, rule.years_named))
        return Text(f"查看年度：{years}。", f"Looked at: the years {years}.")
    return Text("查看全部有记录的年度。", "Looked at: every year on record.")


def _record_words(fact: Fact) -> Text:
    """Say what is on record, and where a source does not name its years."""
    detail = fact.detail
    if not isinstance(detail, Inspection):
        return Text("", "")
    word = _STATE_WORDS.get(detail.conclusion.value, Text("不明", "unknown"))
    announced = fact.dates.announced_on or "?"
    if detail.years:
        years = ", ".join(map(str, detail.years))
        return Text(
            f"在案：{years} 年{word.zh}（{announced} 公布）。",
            f"On record: {years} {word.en} (announced {announced}).",
        )
    return Text(
        f"来源称连续 {detail.years_count} 年{word.zh}，未写明年度（{announced} 公布）。",
        f"The source says {detail.years_count} years running {word.en} without naming them"
        f" (announced {announced}).",
    )


def _in_words(conclusion: str, results: Results) -> Text:
    windows = sorted(results)
    shown = [_window_words(window, results[window]) for window in windows[:_SHOWN_MAX]]
    more = len(windows) - len(shown)
    if more:
        shown.append(Text(f"另有 {more} 种可能。", f"And {more} more possible histories."))
    if not shown:
        shown.append(Text("记录互相矛盾。", "The records contradict each other."))
    if conclusion == Conclusion.BASICALLY_QUALIFIED:
        return joined(shown)
    word = _STATE_WORDS[conclusion]
    return joined((Text(f"任一年{word.zh}：", f"Any year {word.en}:"), *shown))


def _window_words(window: Window, holds: Truth) -> Text:
    said = [
        (f"{year or '年度不明'} {_STATE_WORDS[s].zh}", f"{year or 'unnamed'} {_STATE_WORDS[s].en}")
        for year, s in window
    ]
    words = _HOLDS_WORDS[holds]
    return Text(
        f"{'、'.join(zh for zh, _ in said) or '无已结论年度'}：{words.zh}。",
        f"{', '.join(en for _, en in said) or 'No concluded year'}: {words.en}.",
    )


def _question(facts: tuple[Fact, ...], rule: InspectionRule) -> Text:
    urls = ", ".join(sorted({fact.source.url for fact in facts}))
    unnamed = any(isinstance(f.detail, Inspection) and not f.detail.years for f in facts)
    which = (
        Text("来源所指是哪些年度？", "Which years does the source mean? ")
        if unnamed
        else Text("各年度年检结论为何？", "What were the conclusions, year by year? ")
    )
    return Text(
        f"{which.zh}最近 {rule.years_running} 个已有结论的年度是否均为基本合格？（来源：{urls}）",
        f"{which.en}Were the latest {rule.years_running} concluded years all basically qualified?"
        f" (sources: {urls})",
    )
