"""Both networks of the homework: every layer with its maps, and one number followed."""

from app.chapters.networks import number, resnet, shapes, small
from app.ui import address, blocks, widgets

VIEWS = {
    address.SMALL: small.view,
    address.ONE_NUMBER: number.view,
    address.RESIDUAL: resnet.view,
    address.SHAPES: shapes.view,
}

with blocks.title("The networks", "How does it see?"):
    view = widgets.view()
VIEWS[view]()
