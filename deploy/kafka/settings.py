"""The settings of one node, which is broker and controller at once (KRaft)."""

from collections.abc import Sequence
from pathlib import Path


def in_sync_min(copies: int) -> int:
    """How many copies must have what was acknowledged: a majority, so that one of three may be away."""
    return copies // 2 + 1


def server_properties(node_id: int, port: int, controllers: Sequence[int], data: Path) -> str:
    """The text of server.properties; `controllers` are the controller ports of the nodes, from node 1 on."""
    copies = len(controllers)
    broker = f"PLAINTEXT://127.0.0.1:{port}"
    controller = f"CONTROLLER://127.0.0.1:{controllers[node_id - 1]}"
    settings: dict[str, object] = {
        "process.roles": "broker,controller",
        "node.id": node_id,
        **_quorum(controllers),
        "listeners": f"{broker},{controller}",
        "advertised.listeners": f"{broker},{controller}",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": data,
        # A misspelt topic must fail, not appear; a topic's partitions are part of the contract.
        "auto.create.topics.enable": "false",
        "default.replication.factor": copies,
        "min.insync.replicas": in_sync_min(copies),
        "unclean.leader.election.enable": "false",
        # The log is the truth: nothing in it expires, whatever a topic forgets to say.
        "log.retention.ms": -1,
        # A topic made before it was told so takes an event of any time, too.
        "log.message.timestamp.after.max.ms": 2**63 - 1,
        "log.cleanup.policy": "delete",
        # Six consumer groups need no fifty partitions of offsets, nor the wait for late members.
        "offsets.topic.num.partitions": 4,
        "offsets.topic.replication.factor": copies,
        "transaction.state.log.num.partitions": 4,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": in_sync_min(copies),
        "share.coordinator.state.topic.num.partitions": 4,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": in_sync_min(copies),
        "group.initial.rebalance.delay.ms": 0,
        # After a kill the broker must outlive its own old session before it may register again:
        # nine seconds by default.
        "broker.session.timeout.ms": 3000,
        "broker.heartbeat.interval.ms": 500,
        # Two cores, shared with everything else.
        "num.network.threads": 2,
        "num.io.threads": 4,
        "log.cleaner.dedupe.buffer.size": 32 * 1024 * 1024,
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def _quorum(controllers: Sequence[int]) -> dict[str, object]:
    """One node is formatted as a quorum of its own; several are told of each other."""
    if len(controllers) == 1:
        return {"controller.quorum.bootstrap.servers": f"127.0.0.1:{controllers[0]}"}
    voters = (f"{node}@127.0.0.1:{port}" for node, port in enumerate(controllers, start=1))
    return {"controller.quorum.voters": ",".join(voters)}
