"""What a link may say of the report of a check, and of a sheet of exercises."""

from __future__ import annotations

import math

from app.ui import parameter
from app.ui.parameter import Name
from core import homework
from core.checking.weights import PARTS
from core.sheets.exercise import MOST

CHAPTER = "yours"
CELLS, CURVES, SHEET = "Wrong cells", "Curves", "Check a sheet"
VIEWS = (CELLS, CURVES, SHEET)
EXERCISES = "exercises"  # part of the question, which the wrong cells have as well
TRAINED = (homework.MNIST_CNN, homework.RESNET)  # whose curves a student's own lie over
TITLES = tuple(homework.NETWORKS[name].title for name in TRAINED)
PARAMETERS = (
    parameter.choice(CHAPTER, Name.VIEW, VIEWS),
    parameter.among(CHAPTER, Name.PART, PARTS),
    parameter.integer(CHAPTER, Name.QUESTION, 1, math.inf, views=(CELLS,)),
    parameter.integer(CHAPTER, Name.STEP, 1, math.inf, views=(CELLS,)),
    parameter.among(CHAPTER, Name.NETWORK, TRAINED, titles=TITLES, views=(CURVES,)),
    parameter.text(CHAPTER, Name.SHEET, "the number on a sheet", views=(SHEET,)),
    parameter.integer(CHAPTER, Name.QUESTION, 1, MOST, views=(SHEET,), part=EXERCISES),
)
