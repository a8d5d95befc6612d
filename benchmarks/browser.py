"""What is measured in a browser starts it, and the app, as all of the project does."""

from core.browser import APP as APP
from core.browser import CHROMIUM as CHROMIUM
from core.browser import FLAGS as FLAGS
from core.browser import NO_CHROMIUM as NO_CHROMIUM
from core.browser import READY as READY
from core.browser import await_answer as await_answer
from core.browser import running as running
from core.browser import serving as serving
