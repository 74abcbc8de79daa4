"""Where a process spends its CPU: stacks sampled by CPU time, which costs next to nothing."""

import signal
from collections import Counter
from pathlib import Path
from types import CodeType, FrameType
from typing import Self

EVERY_SECONDS = 0.002
LINES_MAX = 80


class Sampler:
    """A context manager for the main thread; at the end it writes a table of functions.

    `self`: the share of samples in the function's own lines (and in C code called from there);
    `with callees`: the share in which it was on the stack at all.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.own: Counter[CodeType] = Counter()
        self.within: Counter[CodeType] = Counter()

    def __enter__(self) -> Self:
        signal.signal(signal.SIGPROF, self._sample)
        signal.setitimer(signal.ITIMER_PROF, EVERY_SECONDS, EVERY_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        samples = max(self.own.total(), 1)
        lines = [f"{samples} samples of {EVERY_SECONDS} s", "   self  with callees"]
        for code, count in self.own.most_common(LINES_MAX):
            within = self.within[code]
            lines.append(f"{count / samples:7.1%} {within / samples:7.1%}  {_name(code)}")
        self.path.write_text("\n".join(lines) + "\n")

    def _sample(self, _: int, frame: FrameType | None) -> None:
        seen: set[CodeType] = set()
        while frame is not None:
            if not seen:
                self.own[frame.f_code] += 1
            seen.add(frame.f_code)
            frame = frame.f_back
        self.within.update(seen)


def _name(code: CodeType) -> str:
    module = "/".join(Path(code.co_filename).parts[-2:])
    return f"{code.co_qualname} ({module}:{code.co_firstlineno})"
