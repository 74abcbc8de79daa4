"""The settings of one node, which is broker and controller at once (KRaft)."""

from pathlib import Path

# Three brokers would raise the factors to 3 and min.insync.replicas to 2.
DURABLE_COPIES = 1


def server_properties(node_id: int, port: int, controller_port: int, data: Path) -> str:
    """The text of server.properties."""
    broker = f"PLAINTEXT://127.0.0.1:{port}"
    controller = f"CONTROLLER://127.0.0.1:{controller_port}"
    settings: dict[str, object] = {
        "process.roles": "broker,controller",
        "node.id": node_id,
        "controller.quorum.bootstrap.servers": f"127.0.0.1:{controller_port}",
        "listeners": f"{broker},{controller}",
        "advertised.listeners": f"{broker},{controller}",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": data,
        # A misspelt topic must fail, not appear; a topic's partitions are part of the contract.
        "auto.create.topics.enable": "false",
        "default.replication.factor": DURABLE_COPIES,
        "min.insync.replicas": DURABLE_COPIES,
        "unclean.leader.election.enable": "false",
        # The log is the truth: nothing in it expires, whatever a topic forgets to say.
        "log.retention.ms": -1,
        "log.cleanup.policy": "delete",
        # Six consumer groups need no fifty partitions of offsets, nor the wait for late members.
        "offsets.topic.num.partitions": 4,
        "offsets.topic.replication.factor": DURABLE_COPIES,
        "transaction.state.log.num.partitions": 4,
        "transaction.state.log.replication.factor": DURABLE_COPIES,
        "transaction.state.log.min.isr": DURABLE_COPIES,
        "share.coordinator.state.topic.num.partitions": 4,
        "share.coordinator.state.topic.replication.factor": DURABLE_COPIES,
        "share.coordinator.state.topic.min.isr": DURABLE_COPIES,
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
