"""Bugs that several parts of the homework can have."""

from __future__ import annotations

from core.checking.bugs.registry import add

PART = "several"

add(
    "softmax-at-end",
    part=PART,
    title="a softmax stands at the end",
    hint="What does the loss do first with what your network gives?",
)
add(
    "wrong-channels",
    part=PART,
    title="a layer has another number of channels or outputs",
    hint="How many maps or numbers does each layer of the figure give, and how many does yours?",
)
add(
    "normalised-twice",
    part=PART,
    title="the pictures are scaled twice",
    hint="Which numbers does the first layer see, and who has changed them before?",
)
add(
    "input-changed",
    part=PART,
    title="What was handed over is changed in place",
    hint="What does the caller's own tensor hold after the call?",
)
add(
    "evaluation-mode-forgotten",
    part=PART,
    title="the network is used in training mode",
    hint="What do dropout and batch normalisation do while a network is trained, and what after?",
)
