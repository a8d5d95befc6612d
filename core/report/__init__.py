"""The homework's report, and its pictures, drawn with matplotlib."""

from core.report.environment import import_drawing

import_drawing()
