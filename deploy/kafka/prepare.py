"""Fetch the broker's jars and halve its start: `python -m deploy.kafka.prepare`, once per user.

Java 25 can keep what it learnt while starting (an ahead-of-time cache): one throw-away start
and stop write it. Where that does not work the broker starts all the same, a second later.
"""

import sys
import tempfile
from pathlib import Path

from deploy.kafka.broker import Kafka, ahead_of_time_cache, say
from deploy.kafka.jars import Progress, cache_folder, classpath
from deploy.kafka.java import find_java
from deploy.missing import Missing


def prepare(progress: Progress = say) -> None:
    """Do what a first start would have to do, ahead of it."""
    classpath(progress)
    cache = ahead_of_time_cache(find_java())
    if cache is None or cache.exists():
        return
    with tempfile.TemporaryDirectory(dir=cache_folder()) as folder:
        progress("Teaching Java to start Kafka faster", 0, 1)
        unfinished = Path(folder) / "kafka.aot"
        broker = Kafka(Path(folder) / "kafka", progress=progress)
        broker.start(training=unfinished)
        broker.stop()
        if unfinished.exists():
            unfinished.replace(cache)
        progress("Teaching Java to start Kafka faster", 1, 1)


if __name__ == "__main__":
    try:
        prepare()
    except Missing as error:
        sys.exit(str(error))
