"""What a link may say of the report of a check."""

from __future__ import annotations

import math

from app.ui import parameter
from app.ui.parameter import Name
from core import homework
from core.checking.weights import PARTS

CHAPTER = "yours"
CELLS, CURVES = "Wrong cells", "Curves"
VIEWS = (CELLS, CURVES)
TRAINED = (homework.MNIST_CNN, homework.RESNET)  # whose curves a student's own lie over
TITLES = tuple(homework.NETWORKS[name].title for name in TRAINED)
PARAMETERS = (
    parameter.choice(CHAPTER, Name.VIEW, VIEWS),
    parameter.among(CHAPTER, Name.PART, PARTS),
    parameter.integer(CHAPTER, Name.QUESTION, 1, math.inf, views=(CELLS,)),
    parameter.integer(CHAPTER, Name.STEP, 1, math.inf, views=(CELLS,)),
    parameter.among(CHAPTER, Name.NETWORK, TRAINED, titles=TITLES, views=(CURVES,)),
)
