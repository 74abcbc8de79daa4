"""A real Apache Kafka without Docker, Maven or an installed Java: one node in a folder."""
