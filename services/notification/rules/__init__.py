"""The domain of telling: which letters are called for, how they read, when to try again."""
