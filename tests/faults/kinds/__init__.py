"""Every kind of fault there is: what to do, and the promise that it is over when it returns."""

from collections.abc import Awaitable, Callable
from random import Random

from tests.faults.kinds import brokers, lines, processes, releases, servers
from tests.faults.machine import Machine

Kind = Callable[[Machine, Random], Awaitable[float | None]]
"""Injects, waits and heals; returns how long recovery took, where it was measured."""

KINDS: dict[str, Kind] = {
    "service killed": processes.killed,
    "service told to stop in the middle": processes.told_to_stop,
    "service frozen": processes.frozen,
    "service killed at a step": releases.killed_at_a_step,
    "rolling restart": processes.rolling_restart,
    "rolling upgrade and back": releases.upgraded_and_back,
    "second replica comes and goes": processes.rebalance_storm,
    "two replicas, one killed": processes.replica_killed,
    "stalled producer comes back": processes.producer_stalled,
    "clock of a service wrong": releases.clock_wrong,
    "broker killed": servers.broker_killed,
    "broker stopped": servers.broker_stopped,
    "broker frozen": servers.broker_frozen,
    "broker's disk full": servers.broker_disk_full,
    "database killed": servers.database_killed,
    "postmaster alone killed": servers.postmaster_killed,
    "database back end killed": servers.backend_killed,
    "database back end frozen": servers.backend_frozen,
    "database connections terminated": servers.backends_terminated,
    "database frozen": servers.database_frozen,
    "database's disk full": servers.database_disk_full,
    "mail server down": servers.mail_down,
    "mail server refuses for now": servers.mail_refuses,
    "reply lost after commit": lines.reply_lost,
    "request lost before commit": lines.request_lost,
    "database slow": lines.database_slow,
    "database connections cut": lines.database_cut,
    "database half open": lines.database_half_open,
    "broker slow": lines.broker_slow,
    "broker on a thin line": lines.broker_thin,
    "broker connections cut": lines.broker_cut,
    "broker half open": lines.broker_half_open,
    "mail connection cut": lines.mail_cut,
    "old records sent again": lines.old_records_again,
    "poison and oversized records": lines.poison,
    "store rebuilt and swapped under load": releases.rebuilt_under_load,
}

CLUSTER_KINDS: dict[str, Kind] = {
    "leader of a busy partition killed": brokers.leader_killed,
    "active controller killed": brokers.controller_killed,
    "leader frozen beyond its session": brokers.leader_frozen,
    "brokers restarted one by one": brokers.one_by_one,
    "two brokers away": brokers.two_away,
    "all brokers killed": brokers.all_killed,
}
"""What only several brokers can have."""
KINDS |= CLUSTER_KINDS


def possible(machine: Machine) -> list[str]:
    """The kinds this machine can have: full disks need small file systems, wrong clocks a library."""
    absent = set() if machine.mounted else {"broker's disk full", "database's disk full"}
    if len(machine.nodes) == 1:
        absent |= set(CLUSTER_KINDS)
    if not releases.faketime():
        absent.add("clock of a service wrong")
    return [name for name in KINDS if name not in absent]
