"""The homework's report, and its pictures, drawn with matplotlib."""

from core.report.environment import import_matplotlib

import_matplotlib()
