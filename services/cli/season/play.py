"""The season from first act to last, in order."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from services.cli.season import money, review, window
from services.cli.season.cast import APPLICANTS, Cast, cast
from services.cli.season.office import Office
from services.cli.season.settle import settle
from services.cli.stack import Stack

OPENING_FEN = 1_000_000_000
Between = Callable[[str], None]
"""Called after each act with its name: a test may break something there."""


@dataclass
class Season:
    """One season under way: who plays, who is who, and what is known so far."""

    stack: Stack
    call: dict[str, Any]
    seed: int
    between: Between = lambda _: None
    applications: dict[str, str] = field(default_factory=dict)
    receipts: list[float] = field(default_factory=list)
    applicants: int = APPLICANTS

    def office(self) -> Office:
        """Where the season's people go."""
        return Office(self.stack, self.seed)

    async def settle(self) -> None:
        """Wait until every event has reached everybody."""
        await settle(self.stack)

    @property
    def call_id(self) -> str:
        """The call's id."""
        return str(self.call["id"])

    async def play(self) -> None:
        """Every act; afterwards the log is quiet."""
        people = cast(self.seed, self.applicants)
        async with self.office() as office:
            office.latencies = self.receipts
            await self._open(office, people)
            await self._screen(office, people)
            awards = await self._review(office, people)
            await self._spend(office, people, awards)
            await self._pause("letters")

    async def _pause(self, act: str) -> None:
        await self.settle()
        self.between(act)

    async def _open(self, office: Office, people: Cast) -> None:
        await window.publish(office, self.call)
        await window.facts(office, people)
        await self._pause("published")
        applied = await asyncio.gather(
            *(window.apply(office, self.call_id, p) for p in people.players)
        )
        self.applications = {p.id: a for p, a in zip(people.players, applied, strict=True) if a}
        await self._pause("applied")

    async def _screen(self, office: Office, people: Cast) -> None:
        await review.close(office, self.call_id)
        sent = [p for p in people.players if p.id in self.applications]
        await asyncio.gather(*(window.parcel(office, self.applications[p.id], p) for p in sent))
        await review.answer_questions(office, people, self.applications)
        await self._pause("screened")

    async def _review(self, office: Office, people: Cast) -> list[dict[str, Any]]:
        run = await review.assign(office, people, self.call_id, self.applications)
        criteria = [c["id"] for c in self.call["review"]["criteria"]]
        await review.score(office, people, criteria, run["panels"], self.applications)
        sealed = await review.seal(office, self.call_id)
        awards = sum(o["status"] == "awarded" for o in sealed["outcomes"])
        await self._pause("ranked")
        await review.decide(office, self.call_id, awards)
        await self.settle()
        decided = await review.award(office, self.call_id, awards)
        await self._pause("awarded")
        return list(decided["decisions"])

    async def _spend(self, office: Office, people: Cast, decisions: list[dict[str, Any]]) -> None:
        winners = money.winners_of(people, self.applications, decisions)
        bank = money.Bank(OPENING_FEN, Random(f"mingjing/{self.seed}/bank"))
        await money.contract(office, winners)
        await money.first_instalment(office, self.call_id, bank, winners)
        await self._pause("paid")
        await money.second_instalment(office, self.call_id, bank, winners)
        await money.account_for(office, self.call_id, winners)
        await money.resolve(office, self.call_id)
        await money.reconcile(office, self.call_id)
