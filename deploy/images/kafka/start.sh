#!/bin/bash
# Writes server.properties from KAFKA_*, formats an empty data folder, and becomes the broker.
set -euo pipefail

export CLUSTER_ID="${CLUSTER_ID:-4L6g3nShT-eMCtK--X86sw}"
java=(/opt/java/bin/java -XX:+UseSerialGC -Djava.awt.headless=true
  -Dlog4j2.configurationFile=/etc/kafka/docker/log4j2.properties -cp '/opt/kafka/libs/*')

if ! said="$("${java[@]}" -Xmx128m kafka.docker.KafkaDockerWrapper setup --default-configs-dir /etc/kafka/docker \
  --mounted-configs-dir /mnt/shared/config --final-configs-dir /opt/kafka/config 2>&1)"; then
  # A second start finds its folder formatted, which is as it should be.
  grep -qi "already formatted" <<< "$said" || { echo "$said" >&2; exit 1; }
fi

# shellcheck disable=SC2086 (several options may be given)
exec "${java[@]}" ${KAFKA_HEAP_OPTS:--Xmx512m} kafka.Kafka /opt/kafka/config/server.properties
