"""One build under provocation: the people of a trial, and what they do to a machine that runs it."""

import asyncio
from dataclasses import dataclass

from services.cli.season.office import TREASURER, Person
from tests.faults.broken.build import Build
from tests.faults.journal import Asked, JournalOffice
from tests.faults.kinds.processes import restarted
from tests.faults.machine import Machine
from tests.flows.people import DURING, applicant, begin, call_named, headers_of

CALL = "power"


@dataclass
class Trial:
    """One build under provocation."""

    machine: Machine
    build: Build
    office: JournalOffice
    first: str
    """The service the build breaks first."""

    async def people(self, numbers: range, every_s: float = 0.0) -> None:
        """Some applicants, all at once or one after another, each doing what its number says."""
        await asyncio.gather(*(self._after(n * every_s, n) for n in numbers))

    async def _after(self, seconds: float, number: int) -> None:
        await asyncio.sleep(seconds)
        await self.person(number)

    async def person(self, number: int) -> None:
        """Begin, send (one in six a second too late), announce, upload, perhaps take back."""
        who = f"POWER-{number:03d}"
        case = await begin(self.office, CALL, who, expect=(200, 201, 409))
        if not case:
            return
        if number % 6 == 5:
            path = f"/v1/applications/{case}/submission"
            late = "2021-07-13T00:00:00+08:00"
            await self.office.post(applicant(who), late, "submission", path, expect=(201, 409))
            return
        path = f"/v1/applications/{case}/submission"
        sent = await self.office.post(applicant(who), DURING, "submission", path, expect=(201, 409))
        if "code" in sent:
            return
        await self._papers(case, applicant(who), number)
        if number % 4 == 1:
            path = f"/v1/applications/{case}/withdrawal"
            await self.office.post(
                applicant(who), DURING, "submission", path, {"reason": "虚构"}, expect=(200, 409)
            )

    async def _papers(self, case: str, who: Person, number: int) -> None:
        path = f"/v1/applications/{case}/dispatch"
        body = {
            "carrier": "虚构快递",
            "waybill": f"FICT{number:010d}",
            "dispatched_on": "2021-07-05",
        }
        await self.office.post(who, DURING, "submission", path, body)
        await self._misuse_a_key(path, who, body, number)
        if "document" in self.build.services:
            path = f"/v1/applications/{case}/files?kind=application_form&name=form.pdf"
            data = b"%PDF-1.7\n" + who.id.encode()
            await self.office.post(
                who, DURING, "document", path, content=data, media="application/pdf"
            )

    async def _misuse_a_key(
        self, path: str, who: Person, body: dict[str, str], number: int
    ) -> None:
        """Two parcels under one key: the second must be refused."""
        if number % 8:
            return
        answers = []
        for waybill in (f"FICT-A{number:04d}", f"FICT-B{number:04d}"):
            said = body | {"waybill": waybill}
            key = f"misused/{number}"
            headers = headers_of(self.machine, who, key)
            asked = Asked(who.id, key, "submission", path, DURING, said)
            answers.append(await self.office.ask(asked, headers, {"json": said}))
        assert answers[0].status_code < 400, f"the first was refused: {answers[0].text}"

    async def money(self) -> None:
        """A budget and an account: entries enough for a build that keeps wrong books."""
        if "finance" not in self.build.services:
            return
        body = {"amount_fen": call_named(CALL)["budget"]["total_fen"]}
        path = f"/v1/calls/{CALL}"
        await self.office.post(
            Person("maker", ("finance",)), DURING, "finance", f"{path}/budget", body
        )
        await self.office.post(
            Person("checker", ("finance",)), DURING, "finance", f"{path}/budget/approval", body
        )
        account = {
            "account": "11001045300056000123",
            "opening_fen": 1_000_000_000,
            "opened_on": "2021-07-01",
        }
        await self.office.post(TREASURER, DURING, "finance", f"{path}/bank-accounts", account)

    async def kill(self, name: str) -> None:
        """Kill -9 and start the same build again."""
        self.machine.process(name).kill()
        if name in self.build.services:
            self.machine.break_release([name], self.build.name)
        await restarted(self.machine, name)
