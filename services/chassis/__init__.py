"""The microservice chassis: knows messages, rows and transactions, and nothing of calls or awards."""
