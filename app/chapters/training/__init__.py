"""How the networks were trained."""
