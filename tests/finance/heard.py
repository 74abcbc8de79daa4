"""What finance hears of others: the 2021 call, and review's word on awards."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from contracts.review import AwardDecided, AwardRecommended
from contracts.submission import CallPublished

CALL, OTHER_CALL = "cast-2021-open-cooperation", "another-call"
BANK = "11001045300056000123"
OPENING = 1_000_000_000
BUDGET = 900_000_000
AWARD = 30_000_000
DAY = "2021-09-08"
FILE = Path(__file__).parents[2] / "services/submission/calls/cast-2021-open-cooperation.yaml"


@cache
def _file() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return document


def published(call_id: str = CALL, **changes: Any) -> CallPublished:
    """The 2021 call, perhaps under another id or with other sections."""
    return CallPublished(
        call_id=call_id, call_version=1, call={**_file(), **changes}, call_sha256="0" * 64,
        published_by="officer-1", published_at="2021-07-01T09:00:00+08:00",
    )  # fmt: skip


def recommended(name: str, rank: int = 1, amount_fen: int = AWARD, call_id: str = CALL) -> Any:
    """Review recommends an award."""
    return AwardRecommended(
        application_id=name, call_id=call_id, applicant_id=f"society-{name}",
        applicant_name=f"虚构学会{name}", title="示例", rank=rank, amount_fen=amount_fen,
        ranking_sha256="0" * 64, recommended_by="officer-1",
        recommended_at="2021-08-10T09:00:00+08:00",
    )  # fmt: skip


def decided(
    name: str, decision: Any = "awarded", amount_fen: int = AWARD, call_id: str = CALL
) -> AwardDecided:
    """Review decides on an award."""
    return AwardDecided(
        application_id=name, call_id=call_id, applicant_id=f"society-{name}", decision=decision,
        amount_fen=amount_fen if decision == "awarded" else 0, rank=1, reasons=(),
        decided_by="officer-1", decided_at="2021-08-30T09:00:00+08:00",
    )  # fmt: skip
