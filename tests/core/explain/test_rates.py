"""core.explain.questions.rates: shares counted in a few pictures, also where none is left."""

from core.explain.questions.rates import success_rates_right


def test_no_picture_that_was_right_before_is_a_share_of_0() -> None:
    options = success_rates_right([(1, 2, 3), (4, 5, 4)])
    assert options[0].value == (0.0,)
