"""Both networks of the homework: every layer with its maps, and one number followed."""

from app.chapters.networks import number, resnet, shapes, small
from app.ui import address, blocks, widgets
from app.ui.address import Name

VIEWS = {
    address.SMALL: small.view,
    address.ONE_NUMBER: number.view,
    address.RESIDUAL: resnet.view,
    address.SHAPES: shapes.view,
}

line = blocks.title("The networks", "How does it see?")
with line:
    view = widgets.choice(Name.VIEW, "View")
VIEWS[view]()
