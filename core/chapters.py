"""The chapters of the app, by the word that links have, with their titles in their order."""

from __future__ import annotations

TITLES = {
    "convolution": "Convolution",
    "networks": "The networks",
    "training": "Training",
    "cam": "Where does it look?",
    "attack": "Fool the network",
    "yours": "Your layer",
}
