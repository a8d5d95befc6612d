"""One test over many files: as a test for each file they are thousands, which take longer to
collect than to run.
"""

from collections.abc import Callable, Iterable
from functools import wraps


def for_every(files: Iterable[str]) -> Callable[[Callable[[str], None]], Callable[[], None]]:
    """In place of a parameter: the test runs for every file, and says all that fail."""
    every = list(files)

    def once(test: Callable[[str], None]) -> Callable[[], None]:
        def over_all() -> None:
            faults: dict[str, str] = {}
            for file in every:
                try:
                    test(file)
                except AssertionError as error:
                    faults[file] = str(error)
            assert not faults, "\n".join(f"{file}: {fault}" for file, fault in faults.items())
            assert every, "there is nothing to look at"

        wraps(test)(over_all)
        del over_all.__wrapped__  # whose argument would be taken for a fixture
        return over_all

    return once
