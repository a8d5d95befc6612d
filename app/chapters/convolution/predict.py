"""The room guesses one output cell after the other."""

from __future__ import annotations

import random
from dataclasses import replace

from app.ui.grids import Puzzle, Scene

MOST_QUESTIONS = 10
AROUND = 21.4  # rem that the page needs besides the picture


def puzzle(scene: Scene, seed: int, tally: dict[str, int], *, what: str) -> Scene:
    """The same scene with its results hidden: the room guesses one output cell after the other.

    Args:
        scene: of a layer.
        seed: decides which cells are asked, and in which order; the same for the same seed.
        tally: how many were asked and right so far.
        what: is guessed, for the question.
    """
    order = random.Random(seed).sample(range(scene.steps), min(MOST_QUESTIONS, scene.steps))
    question = f"What comes out at PLACE: {what}?"
    return replace(scene, puzzle=Puzzle(order, question, tally, f"{seed}"), around=AROUND)
