"""Who plays: 140 plainly fictional applicants with seeded, varied cases, and fictional reviewers."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

APPLICANTS = 140
REVIEWERS = 48
LOAD_MAX = 9
DECLARED_CONFLICTS = 8

FIELDS = (
    "星际园艺", "云端考古", "梦境地质", "月面水利", "纸上航空", "深空声乐", "镜中光学",
    "时间测绘", "潮汐诗学", "风之力学", "火星农学", "虚数数学", "极光化学", "倒影建筑",
    "无声语言", "雪花统计", "雾气生物", "彩虹材料", "回声信息", "沙漏工程",
)  # fmt: skip
ITEMS = (
    "1.1",
    "1.2",
    "1.3",
    "1.4",
    "1.5",
    "1.6",
    "2.1",
    "2.2",
    "2.3",
    "2.4",
    "2.5",
    "3.1",
    "3.2",
    "3.3",
    "3.4",
    "3.5",
)

CASES: tuple[tuple[str, int], ...] = (
    ("late_electronic", 2),
    ("withdrawn", 3),
    ("dispatch_late", 4),
    ("hand_late", 2),
    ("dispatch_in_time_arrives_later", 18),
    ("seal_missing", 4),
    ("four_copies", 4),
    ("no_paper", 2),
    ("waybill_unreadable", 1),
    ("two_emails", 3),
    ("duplicate", 3),
    ("penalty", 3),
    ("penalty_long_ago", 2),
    ("basically_qualified_twice", 3),
    ("circular", 2),
    ("project_failed", 2),
    ("inspection_pending", 3),
    ("unknown_years_cleared", 2),
    ("unknown_years_barred", 1),
    ("unknown_years_open", 1),
)
"""How many of the applicants play each case; all others are plain and in order."""


@dataclass(frozen=True, slots=True)
class Player:
    """One fictional applicant: its case, its application, and how good it really is."""

    number: int
    id: str
    name: str
    case: str
    title: str
    items: tuple[str, ...]
    requested_fen: int
    submitted_at: str
    quality: int

    @property
    def email(self) -> str:
        """An address that can exist nowhere."""
        return f"society-{self.number:03d}@applicant.invalid"

    @property
    def form(self) -> dict[str, Any]:
        """The application form, filled in."""
        return {
            "project_leader": f"负责人{self.number:03d}",
            "basis": f"{self.name}（虚构）多年从事{self.title}，具备工作基础。",
            "plan": f"围绕项目内容 {'、'.join(self.items)} 分阶段实施。",
            "expected_results": "建立长期合作机制，形成可核查的成果。",
            "matching_funds_fen": self.number * 10_000,
        }


@dataclass(frozen=True, slots=True)
class Judge:
    """One fictional reviewer."""

    number: int
    id: str
    name: str
    organisation_id: str
    organisation_name: str
    items: tuple[str, ...]
    severity: int


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody in a season, drawn from its seed."""

    seed: int
    players: tuple[Player, ...]
    judges: tuple[Judge, ...]
    conflicts: tuple[tuple[str, str], ...] = field(default=())
    """(applicant id, reviewer id) pairs that a reviewer will declare."""

    def of(self, *cases: str) -> tuple[Player, ...]:
        """The players of some cases."""
        return tuple(p for p in self.players if p.case in cases)


def cast(seed: int, applicants: int = APPLICANTS) -> Cast:
    """The cast of a season; the same seed gives the same people and the same cases."""
    random = Random(f"mingjing/{seed}")
    cases = [case for case, times in CASES for _ in range(times)][:applicants]
    cases += ["plain"] * (applicants - len(cases))
    random.shuffle(cases)
    players = tuple(_player(random, n, case) for n, case in enumerate(cases, 1))
    judges = tuple(_judge(random, n, players) for n in range(1, REVIEWERS + 1))
    pairs = tuple(
        (random.choice(players).id, random.choice(judges).id) for _ in range(DECLARED_CONFLICTS)
    )
    return Cast(seed, players, judges, tuple(dict.fromkeys(pairs)))


def _player(random: Random, number: int, case: str) -> Player:
    subject = random.choice(FIELDS)
    items = tuple(sorted(random.sample(ITEMS, random.choice((1, 1, 2, 2, 3)))))
    day, hour = random.randint(2, 12), random.randint(9, 22)
    instant = f"2021-07-{day:02d}T{hour:02d}:{random.randint(0, 59):02d}:{random.randint(0, 59):02d}+08:00"
    return Player(
        number=number,
        id=f"FICTION-{number:04d}",
        name=f"虚构{subject}学会{number:03d}",
        case=case,
        title=f"{subject}开放合作示范",
        items=items,
        requested_fen=random.randint(250, 350) * 100_000,
        submitted_at="2021-07-13T00:00:00+08:00" if case == "late_electronic" else instant,
        quality=random.randint(45, 90),
    )


def _judge(random: Random, number: int, players: tuple[Player, ...]) -> Judge:
    """Every eighth reviewer works for an applicant: a conflict nobody has to declare."""
    home = random.choice(players)
    tied = number % 8 == 0
    return Judge(
        number=number,
        id=f"REVIEWER-{number:03d}",
        name=f"虚构专家{number:03d}",
        organisation_id=home.id if tied else f"INSTITUTE-{number:03d}",
        organisation_name=home.name if tied else f"虚构研究所{number:03d}",
        items=tuple(sorted(random.sample(ITEMS, 7))),
        severity=random.randint(-8, 8),
    )


def points(cast_: Cast, player: Player, judge: Judge, criteria: list[str]) -> dict[str, int]:
    """What this reviewer thinks of this application: its quality, the reviewer's severity, some noise."""
    random = Random(f"mingjing/{cast_.seed}/{player.id}/{judge.id}")
    return {
        c: max(0, min(100, player.quality + judge.severity + random.randint(-10, 10)))
        for c in criteria
    }
