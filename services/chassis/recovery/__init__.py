"""Recovery: the log to files and back, a lost log from the outboxes, a lost store from the log."""
