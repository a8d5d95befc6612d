"""The comparison of the ResNet's steps in bfloat16."""

from benchmarks.matrix_conv import comparison
from core.layers import matrix_conv


def test_one_of_the_two_steps_computes_by_matrix_products(monkeypatch):
    calls = []
    real = matrix_conv.conv2d_matrix
    monkeypatch.setattr(
        matrix_conv, "conv2d_matrix", lambda *about: calls.append(about) or real(*about)
    )
    steps = comparison(16)
    steps.theirs()
    assert calls == []
    steps.ours()
    assert len(calls) == 6
