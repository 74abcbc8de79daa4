"""A mail server for one machine: it takes every mail and delivers none."""
