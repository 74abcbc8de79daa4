"""The public notice of proposed awards: what stands in it, and whether it may go out."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.submission.rules.problem import Problem


@dataclass(frozen=True, slots=True)
class Proposal:
    """A recommended award, and whether its application still stands."""

    application_id: str
    applicant_name: str
    title: str
    amount_fen: int
    rank: int
    ranking_sha256: str
    withdrawn: bool


def listed(proposals: Iterable[Proposal], ranking_sha256: str) -> tuple[Proposal, ...]:
    """The lines of the notice: what the sealed ranking recommends and still stands, by rank and id.

    Source: domain §7.4 (拟支持名单公示). Unit: awards. A withdrawn application is not posted, nor
    one that only an earlier ranking recommended.
    """
    standing = [p for p in proposals if not p.withdrawn and p.ranking_sha256 == ranking_sha256]
    return tuple(sorted(standing, key=lambda p: (p.rank, p.application_id)))


def notice_is_whole(lines: tuple[Proposal, ...], awards_expected: int) -> tuple[Problem, ...]:
    """A notice lists at least one award, and as many as the officer expects.

    Source: design (services hear of each other late: a list may still be arriving). Unit: awards.
    Exactly the expected number is whole.
    """
    found = []
    if not lines:
        found.append(
            Problem(
                "awards", "nothing_recommended",
                "No award is recommended under this call yet; seal the ranking in review first.",
                "本次申报尚无推荐项目，请先在评审系统中封存排名。",
            )
        )  # fmt: skip
    elif len(lines) != awards_expected:
        found.append(
            Problem(
                "awards_expected", "recommendations_incomplete",
                f"{awards_expected} awards expected, {len(lines)} known here; "
                "wait for the rest or correct the number.",
                f"预期 {awards_expected} 项，此处已知 {len(lines)} 项；"
                "请等待其余结果到达或更正项数。",
            )
        )  # fmt: skip
    return tuple(found)
