"""What the variables of a recorded function stood for, small enough for a page: step after step,
with the cells of the picture that their numbers are drawn in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor

from app.ui.grids import Scene
from app.ui.lit_memory import DrawnIn, Memory
from app.ui.packing import floats
from core.explain.tracing import Recording, Seen

SMALL = 12  # numbers that are sent although no cell shows them
LARGEST = 12_000  # numbers that one variable brings itself, over all steps


# A variable's name to where it is drawn; (name, 1) from where it is given another value.
Drawn = Mapping[Any, Sequence[DrawnIn]]


@dataclass(frozen=True, eq=False)
class Variable:
    """What one statement has given to one name.

    Attributes:
        line: of the statement.
        name: of the variable.
        seen: one value, or one for each step.
        which: how many statements before have given the same name a value.
    """

    line: int
    name: str
    seen: Sequence[Seen]
    which: int = 0

    def drawn(self, drawn: Drawn) -> Sequence[DrawnIn]:
        """Where a picture draws it."""
        return drawn.get((self.name, self.which)) or drawn.get(self.name) or ()

    @property
    def arrays(self) -> set[int]:
        """The memory that it lies in: another one at each step where each is computed anew."""
        return {one.array for one in self.seen}

    def numbers(self) -> tuple[Tensor, Tensor] | None:
        """(1 or steps, any) the places of its numbers in their memory, and the numbers themselves;
        None of what is no tensor, or has another shape at each step.
        """
        first = self.seen[0]
        if any(one.values is None or one.array < 0 for one in self.seen):
            return None
        if len({(one.shape, one.stride) for one in self.seen}) > 1:
            return None
        offsets = torch.tensor([[one.offset] for one in self.seen])
        values = torch.stack([one.values for one in self.seen if one.values is not None])
        return offsets + (first.places - first.offset), values.float()


def variables(recording: Recording) -> list[Variable]:
    """Everything that was given to a name, statement after statement."""
    found: dict[tuple[int, str], dict[int, Seen]] = {}
    for event in recording.events:
        for name, seen in event.seen.items():
            found.setdefault((event.line, name), {})[event.step] = seen
    names = Counter[str]()
    made = []
    for (line, name), at in found.items():
        values = _filled(at, recording.steps) if len(at) > 1 else [*at.values()]
        made.append(Variable(line, name, values, names[name]))
        names[name] += 1
    return made


def _filled(at: Mapping[int, Seen], steps: int) -> list[Seen]:
    """What holds at each step of what was seen at some: the latest before it, or the first."""
    first = at[min(at)]
    return [*accumulate(range(steps), lambda last, step: at.get(step, last), initial=first)][1:]


def memories(made: Sequence[Variable], drawn: Drawn) -> dict[int, Memory]:
    """Every piece of memory that several variables can share, with where its numbers are drawn.

    Args:
        made: of one recording.
        drawn: names to where the picture draws them.
    """
    lying = [(one, *numbers) for one in made if len(one.arrays) == 1 and (numbers := one.numbers())]
    sizes: dict[int, int] = {}
    for one, places, _ in lying:
        if places.numel():
            array, size = one.seen[0].array, int(places.max()) + 1
            sizes[array] = max(sizes.get(array, 0), size)
    found = {array: Memory(torch.full((size,), torch.nan)) for array, size in sizes.items()}
    for one, places, values in lying:
        if places.numel():
            found[one.seen[0].array].values[places] = values
    for one, places, _ in lying:
        memory = found.get(one.seen[0].array)
        if memory and not memory.drawn:
            memory.drawn += [_at(places[0], where) for where in one.drawn(drawn)]
    return found


def _at(places: Tensor, where: DrawnIn) -> DrawnIn:
    """A variable's cells by its places in memory instead of by its elements."""
    outside = where.elements < 0
    return DrawnIn(where.grid, places[where.elements.clamp(min=0)].masked_fill(outside, -1))


@dataclass(frozen=True, eq=False)
class Numbers:
    """The numbers of a variable that a page gets.

    Attributes:
        memory: that they lie in.
        places: (1 or steps, any) there; -1: none.
        values: the numbers; None: those that the memory has.
        width: how many stand in a row.
        is_later: whether they are unknown: what the memory has is written there later.
    """

    memory: Memory
    places: Tensor
    values: Tensor | None
    width: int
    is_later: bool = False

    def data(self, memories: Sequence[Memory]) -> dict[str, Any]:
        """As the component reads it."""
        rank = self.memory.used.cumsum(0) - 1  # the numbers that are not in use are left out
        places = torch.where(self.places < 0, -1, rank[self.places.clamp(min=0)])
        return {
            "memory": memories.index(self.memory),
            "places": _series(places),
            "values": None if self.values is None else floats(self.values),
            "width": self.width,
            "later": self.is_later,
        }


def numbers_of(
    variable: Variable, shared: Mapping[int, Memory], drawn: Drawn, scene: Scene, *, in_parts: bool
) -> Numbers | None:
    """What a page gets of a variable: small tensors whole, of large ones what the picture draws.

    Args:
        variable: any.
        shared: of ``memories``.
        drawn: names to where the picture draws them.
        scene: the picture.
        in_parts: whether a step of the picture is a part of each tensor: where no loop of the
            function goes from step to step.

    Returns:
        None of what is no tensor, or of one that is large and not drawn.
    """
    found = variable.numbers()
    if found is None or not found[0].shape[1]:
        return None
    places, values = found
    memory = shared[variable.seen[0].array] if len(variable.arrays) == 1 else None
    if memory is None:  # computed anew at each step: places in itself
        memory = Memory(torch.full((values.shape[1],), torch.nan), [*variable.drawn(drawn)])
        places = torch.arange(values.shape[1])[None]
    shape = variable.seen[0].shape or ()
    part = memory.part(scene) if in_parts and places.shape[1] > 1 else None
    if part is not None:
        places, values, width = *_only(part, places, values, len(memory.values)), part.shape[1]
    else:
        keep = memory.is_drawn(places).any(0) | (places.shape[1] <= SMALL)
        width = shape[-1] if shape and bool(keep.all()) else max(1, int(keep.sum()))
        if len(places) == 1 and not bool(keep.all()):  # in the order in which they are drawn
            places, values = _only(memory.in_order(), places, values, len(memory.values))
        else:
            places, values = places[:, keep], values[:, keep]
    if not places.shape[1]:
        return None
    return _packed(memory, places, values, width)


def _only(part: Tensor, places: Tensor, values: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """Of a variable's numbers those at some places, step after step."""
    at = torch.full((size,), -1)
    at[places[0]] = torch.arange(places.shape[1])
    index = torch.where(part < 0, -1, at[part.clamp(min=0)])  # (steps, any)
    own = values.expand(len(part), -1).gather(1, index.clamp(min=0))
    return part.masked_fill(index < 0, -1), own.masked_fill(index < 0, torch.nan)


def _packed(memory: Memory, places: Tensor, values: Tensor, width: int) -> Numbers | None:
    inside = places >= 0
    there = memory.values[places.clamp(min=0)].masked_fill(~inside, torch.nan)
    memory.used[places[inside]] = True
    if torch.equal(there.expand_as(values).nan_to_num(nan=0.5), values.nan_to_num(nan=0.5)):
        return Numbers(memory, places, None, width)
    if len(values) == 1 or values.numel() > LARGEST:  # such as what new_empty gives
        return Numbers(memory, places, None, width, is_later=True)
    return Numbers(memory, places, values, width)


def _series(places: Tensor) -> dict[str, Any]:
    """(steps, any) whole numbers: one row that moves as a whole, or each column by itself."""
    moves = places - places[:1]
    if bool((moves == moves[:, :1]).all()):
        shift = runs(moves[:, 0].tolist()) if len(places) > 1 else None
        return {"first": runs(places[0].tolist()), "shift": shift}
    return {"columns": [runs(column) for column in places.T.tolist()]}


def runs(series: Sequence[int]) -> list[int]:
    """Whole numbers as (first, difference, count) for each part that grows evenly."""
    found: list[int] = []
    start = 0
    while start < len(series):
        more = series[start + 1] - series[start] if start + 1 < len(series) else 0
        end = start + 1
        while end < len(series) and series[end] - series[end - 1] == more:
            end += 1
        found += [series[start], more, end - start]
        start = end
    return found
