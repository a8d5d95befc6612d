"""What keys turn: a control, the view, the chapter; and where a view begins."""

import pytest
from streamlit.testing.v1 import AppTest

from app.ui import bound, client, keys

EPOCHS, VIEWS = "keys_training.epoch", "keys"


def script() -> None:
    import streamlit as st

    from app.ui import bound, keys, widgets
    from app.ui.address import Name

    press = st.session_state.pop("press", None)
    if press:
        press()
    st.session_state["asked"] = keys.asked_chapter()
    with bound.page(st.session_state["asked"] or "training"):
        if bound.chapter() == "training":
            widgets.choice(Name.VIEW, "View")
            keys.turns(Name.EPOCH, range(1, 6), thing="epoch", default=5)
            st.markdown(widgets.slider(Name.EPOCH, "After epoch", 1, 5, default=5))
        else:
            st.markdown(widgets.choice(Name.VIEW, "View"))
    keys.views(["home", "training", "cam"])


class Pressed:
    """The app, and what its keys were told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.declared: dict = {}
        self.callbacks: dict = {}
        self.targets: dict[str, int] = {}
        monkeypatch.setattr(client, "turned", self.take)
        monkeypatch.setattr(client, "turned_to", self.targets.__getitem__)
        self.app = AppTest.from_function(script, default_timeout=30).run()

    def take(self, data, key, on_turn) -> None:
        self.declared[key], self.callbacks[key] = data, bound.callback(on_turn)

    def turn(self, key: str, target: int) -> str:
        """What the page shows after a turn."""
        self.targets[key] = target
        self.app.session_state["press"] = self.callbacks[key]
        self.app.run()
        assert not self.app.exception
        return str(self.app.markdown[0].value)


@pytest.fixture
def pressed(monkeypatch) -> Pressed:
    return Pressed(monkeypatch)


def test_a_turn_sets_the_control_and_its_link(pressed):
    declared = {"at": 4, "count": 5, "thing": "epoch", "sequence": True, "plays": False}
    assert pressed.declared[EPOCHS] == declared
    assert pressed.turn(EPOCHS, 1) == "2"
    assert pressed.app.slider[0].value == 2
    assert pressed.app.query_params["epoch"] == "2"
    assert pressed.declared[EPOCHS]["at"] == 1
    pressed.app.slider[0].set_value(4).run()
    assert pressed.declared[EPOCHS]["at"] == 3, "a hand on the control is seen"
    assert pressed.turn(EPOCHS, 99) == "5", "fewer options than the browser has heard of"


def test_a_view_that_a_key_opens_begins_at_its_first_value_or_on_the_way_back_at_its_last(pressed):
    views = pressed.declared[VIEWS]
    assert (views["at"], views["count"], views["first"], views["last"]) == (1, 12, 1, 6)
    assert pressed.turn(VIEWS, 2) == "1"
    assert pressed.app.query_params["view"] == "Epoch by epoch"
    assert pressed.declared[VIEWS]["at"] == 2
    assert pressed.turn(EPOCHS, 2) == "3"
    pressed.app.run()
    assert pressed.app.markdown[0].value == "3", "only the run that opens the view begins anew"
    assert pressed.turn(VIEWS, 1) == "5"


def test_after_the_last_view_comes_the_first_one_of_the_next_chapter(pressed):
    pressed.turn(VIEWS, 6)
    assert pressed.turn(VIEWS, 7) == "Map"
    assert pressed.app.session_state["asked"] == "cam"
    assert "keys chapter" not in pressed.app.session_state, "it is asked for once"


def test_a_picture_of_many_stays_where_a_key_opens_a_view_and_one_is_no_choice(monkeypatch):
    def few() -> None:
        import streamlit as st

        from app.ui import bound, keys
        from app.ui.address import Name

        st.session_state[keys.ARRIVED] = 1
        with bound.page("networks"):
            bound.put(Name.IMAGE, 3)
            keys.turns(Name.IMAGE, range(9), thing="digit", default=0, sequence=False)
            keys.turns(Name.QUESTION, [1], thing="question", default=1)
            st.markdown(bound.current(Name.IMAGE))

    told = {}
    monkeypatch.setattr(client, "turned", lambda data, key, on_turn: told.update({key: data}))
    app = AppTest.from_function(few, default_timeout=30).run()
    assert not app.exception
    assert app.markdown[0].value == "3"
    assert [(key, data["at"]) for key, data in told.items()] == [("keys_networks.image", 3)]
    assert keys.VIEWS not in told
