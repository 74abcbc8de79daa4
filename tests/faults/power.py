"""The power of the checker: every broken build, provoked on real processes, must be caught."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count

from aiokafka import AIOKafkaProducer

from contracts.event import partition_of
from services.chassis.ids import derived
from services.chassis.log import end_of, read
from services.cli.season.office import OFFICER, Office
from tests.faults.broken import BUILDS
from tests.faults.broken.build import Build
from tests.faults.checker import Offence, check
from tests.faults.gather import gather
from tests.faults.journal import Journal, JournalOffice, NeverAnswered
from tests.faults.kinds.lines import COMMIT
from tests.faults.load import caught_up
from tests.faults.machine import Machine
from tests.faults.trial import CALL, Trial
from tests.flows.people import DURING, applicant, begin, call_named, send

ALWAYS = ("submission", "eligibility", "notification")
APPLICANTS = 24
SETTLE_SECONDS_MAX = 25
GIVE_UP_SECONDS = 20
NUMBERS = count(1)


async def calm(trial: Trial) -> None:
    """Nothing happens but work."""
    await trial.money()
    await trial.people(range(APPLICANTS))


async def kill(trial: Trial) -> None:
    """The service is killed in the middle of its work, again and again."""
    working = asyncio.create_task(trial.people(range(2 * APPLICANTS), every_s=0.12))
    for pause in (1.5, 1.0, 1.2):
        await asyncio.sleep(pause)
        await trial.kill(trial.first)
    await working


async def kill_as_time_passes(trial: Trial) -> None:
    """The service is killed; when people ask again, the call is closed."""
    working = asyncio.create_task(trial.people(range(2 * APPLICANTS), every_s=0.06))
    await asyncio.sleep(1.8)
    trial.office.later = "2021-07-13T08:00:00+08:00"
    await trial.kill(trial.first)
    await working


async def outage_and_kill(trial: Trial) -> None:
    """The broker is away, work is done, the service dies, the broker comes back."""
    await trial.people(range(6))
    await asyncio.to_thread(trial.machine.kafka.stop)
    await trial.people(range(6, APPLICANTS))
    trial.machine.process(trial.first).kill()
    await asyncio.to_thread(trial.machine.kafka.start, detached=True)
    await trial.kill(trial.first)


async def request_lost(trial: Trial) -> None:
    """Commits are sent and do not arrive."""
    await _on_the_wire(trial, "lose_request")


async def reply_lost(trial: Trial) -> None:
    """Commits are done, and nobody hears of it."""
    await _on_the_wire(trial, "lose_reply_to")


async def _on_the_wire(trial: Trial, what: str) -> None:
    wire = trial.machine.wires[trial.first]
    working = asyncio.create_task(trial.people(range(APPLICANTS)))
    for _ in range(3):
        setattr(wire, what, COMMIT)
        await asyncio.sleep(0.4)
        setattr(wire, what, b"")
        await asyncio.sleep(0.4)
    await working


async def two_replicas(trial: Trial) -> None:
    """Two processes of the broken build share the work."""
    trial.machine.break_release([trial.first], trial.build.name)
    replica = await asyncio.to_thread(trial.machine.start_replica, trial.first)
    try:
        await asyncio.sleep(5)
        await trial.people(range(2 * APPLICANTS))
        await asyncio.sleep(2)
    finally:
        trial.machine.extra.clear()
        replica.kill()


async def resend(trial: Trial) -> None:
    """Every record comes down the topic once more, the last one first."""
    await trial.people(range(APPLICANTS))
    await caught_up(trial.machine, ALWAYS)
    topic = "submission.events"
    ends = await end_of(trial.machine.bootstrap, [topic])
    log = [r async for batch in read(trial.machine.bootstrap, ends) for r in batch]
    async with AIOKafkaProducer(bootstrap_servers=trial.machine.bootstrap, acks="all") as producer:
        for r in log[::-1]:
            if r.offset >= trial.machine.starts.get(r.place, 0):
                headers = list(r.headers)
                await producer.send_and_wait(
                    topic, r.value, r.key, partition=r.partition, headers=headers
                )


async def poison(trial: Trial) -> None:
    """Somebody writes what nobody can read, under an applicant's key and under none."""
    case = await begin(trial.office, CALL, "POWER-900")
    await send(trial.office, case, "POWER-900")
    await caught_up(trial.machine, ALWAYS)
    future = [
        ("ce_id", derived(case, "future").encode()), ("ce_type", b"submission.application_withdrawn"),
        ("ce_source", b"a fault"), ("ce_time", DURING.encode()), ("ce_dataversion", b"99"),
    ]  # fmt: skip
    async with AIOKafkaProducer(bootstrap_servers=trial.machine.bootstrap, acks="all") as producer:
        place = partition_of(case)
        await producer.send_and_wait(
            "submission.events", b"{}", case.encode(), partition=place, headers=future
        )
        await producer.send_and_wait(
            "submission.events", b"\xff", b"poison", partition=place, headers=[]
        )
    await caught_up(trial.machine, ALWAYS)
    path = f"/v1/applications/{case}/withdrawal"
    await trial.office.post(applicant("POWER-900"), DURING, "submission", path, {"reason": "虚构"})
    await trial.people(range(4))


SCENARIOS: dict[str, Callable[[Trial], Awaitable[None]]] = {
    "calm": calm,
    "kill": kill,
    "kill as time passes": kill_as_time_passes,
    "outage and kill": outage_and_kill,
    "request lost": request_lost,
    "reply lost": reply_lost,
    "two replicas": two_replicas,
    "resend": resend,
    "poison": poison,
}

GOOD = Build("", (), "calm", lambda: None)


async def tried(machine: Machine, build: Build, scenario: str = "") -> dict[str, list[Offence]]:
    """Run a build under its provocation on empty stores; what the checker says."""
    services = await _fresh(machine, build)
    journal = Journal(machine.folder / f"journal-{next(NUMBERS)}.jsonl")
    stuck = await _provoked(machine, build, scenario or build.provoked_by, journal)
    await repair_servers(machine)
    evidence = await gather(machine, journal.commands(), services, _closing())
    offences = check(evidence)
    offences["diverged_stores"] += stuck
    return offences


async def _fresh(machine: Machine, build: Build) -> tuple[str, ...]:
    """Empty stores, and the services of a trial started as this build; their names."""
    services = tuple(dict.fromkeys((*ALWAYS, *build.services)))
    machine.break_release(build.services, build.name)
    await machine.start_afresh(services)
    return services


async def _provoked(
    machine: Machine, build: Build, scenario: str, journal: Journal
) -> list[Offence]:
    """Play the scenario; what never came to an end is an offence, too."""
    loop = asyncio.get_running_loop()
    services = tuple(dict.fromkeys((*ALWAYS, *build.services)))
    office = JournalOffice(
        machine, 0, journal=journal, gives_up_at=loop.time() + GIVE_UP_SECONDS + 40
    )
    try:
        async with office:
            await _publish(office)
            await SCENARIOS[scenario](Trial(machine, build, office, (build.services or ALWAYS)[0]))
        async with asyncio.timeout(SETTLE_SECONDS_MAX):
            for _ in range(3):
                await caught_up(machine, services)
            await asyncio.sleep(2.5)  # the postman's round
            await caught_up(machine, services)
    except (TimeoutError, NeverAnswered) as never:
        return [Offence("convergence", f"it never came to rest: {type(never).__name__} {never}")]
    except Exception as refused:  # noqa: BLE001 (people met with something they should not have)
        return [Offence("unknown", f"{type(refused).__name__}: {str(refused)[:300]}")]
    return []


async def _publish(office: Office) -> None:
    await office.post(
        OFFICER, "2021-07-01T09:00:00+08:00", "submission", "/v1/calls", call_named(CALL)
    )


def _closing() -> dict[str, str]:
    return {CALL: str(call_named(CALL)["window"]["closes_before"])}


async def repair_servers(machine: Machine) -> None:
    """Broker and wires are good again, whatever the trial did."""
    machine.heal_wires()
    await asyncio.to_thread(machine.kafka.start, detached=True)


async def caught(machine: Machine, name: str, say: Callable[[str], None]) -> bool:
    """Whether the checker catches this broken build."""
    offences = await tried(machine, BUILDS[name])
    kinds = {kind: len(one) for kind, one in offences.items() if one}
    say(f"{name}: {kinds or 'NOT CAUGHT'}")
    return bool(kinds)
