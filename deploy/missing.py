"""The one error a person meets when the machine lacks something, with the way to mend it."""


class Missing(Exception):
    """Something the machine must have is not there.

    The message says what is missing and how to get it, in English and in Chinese.
    """

    def __init__(self, english: str, chinese: str) -> None:
        super().__init__(f"{english}\n{chinese}")
        self.english = english
        self.chinese = chinese
