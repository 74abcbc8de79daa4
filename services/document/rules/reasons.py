"""The coded reasons of the formal check, each with one sentence per language."""

from dataclasses import dataclass
from typing import Literal

Weight = Literal["blocks", "open", "note"]


@dataclass(frozen=True, slots=True)
class Reason:
    """One finding. `blocks`: incomplete; `open`: a person must look; `note`: only recorded."""

    code: str
    weight: Weight
    zh: str
    en: str


_TEXTS: dict[str, tuple[Weight, str, str]] = {
    "paper_missing": (
        "blocks",
        "尚未收到纸质申报材料。",
        "No paper copies have been received.",
    ),
    "dispatched_late": (
        "blocks",
        "快递发出日期为{day}，晚于截止日{last_day}；以快递发出日期为准。",
        "The courier took the parcel on {day}, after {last_day}; the dispatch day governs.",
    ),
    "received_late": (
        "blocks",
        "纸质材料于{instant}送达，截止时刻为{closes_before}（不含）。",
        "The paper was handed in at {instant}; it had to be in before {closes_before}.",
    ),
    "arrived_too_late": (
        "blocks",
        "快递于{day}到达，晚于最迟到达日{last_day}。",
        "The parcel arrived on {day}, after the last day for arrivals {last_day}.",
    ),
    "channel_not_admitted": (
        "blocks",
        "本次申报不接受以此方式（{channel}）送达的纸质材料。",
        "This call does not take paper by this channel ({channel}).",
    ),
    "waybill_unreadable": (
        "open",
        "运单上的发出日期无法辨认，请向承运方查证；在此之前不作逾期处理。",
        "The dispatch day on the waybill cannot be read; until the carrier says, it is not late.",
    ),
    "copies_short": (
        "blocks",
        "纸质材料应为{wanted}份，实收{found}份。",
        "{wanted} paper copies are asked for; {found} came.",
    ),
    "originals_short": (
        "blocks",
        "其中原件应不少于{wanted}份，实收{found}份。",
        "At least {wanted} of them must be originals; {found} came.",
    ),
    "seal_missing": (
        "blocks",
        "有{short}份未加盖申报单位公章（应盖{wanted}份）。",
        "The applicant's seal is missing on {short} of the {wanted} copies that need it.",
    ),
    "opinion_missing": (
        "blocks",
        "缺少单位负责人签署的审核意见。",
        "The opinion signed by the head of the unit is missing.",
    ),
    "opinion_blank": (
        "blocks",
        "单位负责人审核意见栏为空白。",
        "The field for the head's opinion is blank.",
    ),
    "opinion_undated": (
        "blocks",
        "单位负责人审核意见未注明日期。",
        "The head's opinion bears no date.",
    ),
    "signatory_not_admitted": (
        "blocks",
        "审核意见的签署人身份（{signatory}）不符合要求。",
        "The opinion was signed by somebody who may not sign it ({signatory}).",
    ),
    "vetting_missing": (
        "blocks",
        "申报单位未注明已对申报书内容进行审查。",
        "The applicant has not stated that it vetted the form's content.",
    ),
    "electronic_missing": (
        "blocks",
        "尚未收到申报材料电子版。",
        "The electronic version has not been received.",
    ),
    "electronic_late": (
        "blocks",
        "电子版于{instant}收到，截止时刻为{closes_before}（不含）。",
        "The electronic version came at {instant}; it had to be in before {closes_before}.",
    ),
    "two_electronic_versions": (
        "note",
        "截止前收到{found}份不同的电子版，以{which}收到的为准。",
        "{found} different electronic versions came in time; the {which} one counts.",
    ),
    "electronic_after_closing": (
        "note",
        "截止后又收到电子版，不予采用。",
        "Another electronic version came after closing and does not count.",
    ),
    "late_parcel_ignored": (
        "note",
        "逾期寄出的补充材料不计入。",
        "A further parcel was late and does not count.",
    ),
    "paper_differs": (
        "note",
        "纸质版与电子版内容不一致，以{authoritative}为准。",
        "Paper and electronic version differ; the {authoritative} one governs.",
    ),
}

CODES: tuple[str, ...] = tuple(_TEXTS)

_WORDS = {"first": "最先", "last": "最后", "paper": "纸质版", "electronic": "电子版"}


def reason(code: str, **values: object) -> Reason:
    """The reason of this code with its numbers and days filled in."""
    weight, zh, en = _TEXTS[code]
    chinese = {name: _WORDS.get(str(value), value) for name, value in values.items()}
    return Reason(code, weight, zh.format(**chinese), en.format(**values))
