"""A convolution as a function: right ones have no fault, and a fault has its name."""

import pytest

from core.checking.parts import conv
from core.checking.results import Part
from core.checking.worker import Answer, Problem
from tests.core.checking.here import Here
from tests.core.checking.solutions import FOURIER, LOOPS, SINGLE, UNFOLDED, changed


def checked(code: str, seed: int = 0) -> Part:
    student = Here(code)
    return conv.check(student, student.of("my_conv"), seed)


def bugs(part: Part) -> set[str]:
    return {one.finding.bug for one in part.questions if one.finding and one.finding.bug}


def states(part: Part) -> dict[str, str]:
    return {one.name: one.state for one in part.questions}


@pytest.mark.parametrize("code", [LOOPS, UNFOLDED, FOURIER, SINGLE])
def test_a_right_one_has_no_fault(code: str) -> None:
    part = checked(code)
    assert set(states(part).values()) == {"right"}
    assert part.share == 1


@pytest.mark.parametrize(
    ("code", "old", "new", "name"),
    [
        (LOOPS, "window * w[f]", "window * w[f].flip(1, 2)", "kernel-flipped"),
        (LOOPS, "i * stride, j * stride", "i, j", "stride-in-size-only"),
        (LOOPS, "+ b[f]", "+ b[0]", "bias-first-only"),
        (LOOPS, "dtype=x.dtype)\n    for", "dtype=torch.long)\n    for", "rounded"),
        (LOOPS, "// stride + 1", "// stride", "one-too-few"),
        (LOOPS, "out[:, f, i, j] =", "out[:, f, j, i] =", "output-transposed"),
        (UNFOLDED, "w.reshape(o, -1)", "w.permute(0, 2, 3, 1).reshape(o, -1)", "weight-order"),
        (UNFOLDED, "padding=padding", "padding=0", "padding-ignored"),
        (UNFOLDED, "return y.", "return y.transpose(1, 2).", "reshape-order"),
        (UNFOLDED, "stride=1", "stride=2", "stride-default-wrong"),
        (FOURIER, "w.float().flip(2, 3)", "w.float()", "kernel-flipped"),
        (SINGLE, "(padding,) * 4", "(0, 2 * padding, 0, 2 * padding)", "padding-behind"),
        (LOOPS, "return out", "return out.detach()", "all-gradients-lost"),
        (LOOPS, "* w[f]", "* w[f].data", "weight-gradient-lost"),
        (LOOPS, "return out", "return out.detach() / 2 + out / 2", "gradient-scaled"),
    ],
)
def test_a_fault_has_its_name(code: str, old: str, new: str, name: str) -> None:
    assert bugs(checked(changed(code, old, new), seed=7)) == {name}


def test_two_faults_have_both_names() -> None:
    code = changed(LOOPS, "window * w[f]", "window * w[f].transpose(1, 2)")
    part = checked(changed(code, "+ b[f]", "- b[f]"))
    assert bugs(part) == {"kernel-transposed", "bias-subtracted"}


def test_a_fault_that_nobody_knows_is_told_with_its_cell_and_link() -> None:
    part = checked(changed(LOOPS, "return out", "return out + 1"))
    assert bugs(part) == set()
    finding = part.finding
    assert finding is not None
    assert finding.cell == (0, 0, 0, 0)
    assert finding.link.startswith("convolution?source=Numbers&numbers=")
    assert finding.case is not None


def test_the_gradient_that_is_wrong_is_told_with_its_cell() -> None:
    part = checked(changed(LOOPS, "return out", "return out.detach() / 2 + out / 2"))
    sentence = part.finding.sentence if part.finding else ""
    assert "The gradient of the input at 1, 1, 1, 1 should be" in sentence
    assert "Every cell is 0.5 times what it should be." in sentence
    lost = checked(changed(LOOPS, "+ b[f]", "+ b[f].item()"))
    assert states(lost)["gradient of the bias"] == "wrong"
    assert "No gradient comes to the bias." in (lost.finding.sentence if lost.finding else "")


@pytest.mark.parametrize("call", ["F.conv2d(x, w, b, stride, padding)", "torch.conv2d(x, w)"])
def test_a_ready_made_layer_is_found(call: str) -> None:
    part = checked(f"def my_conv(x, w, b=None, stride=1, padding=0):\n    return {call}\n")
    assert states(part)["written by hand"] == "wrong"
    last = part.questions[-1].finding
    assert last is not None
    assert "my_conv uses a ready-made layer: " in last.sentence


def test_what_raises_is_told_with_its_line_and_the_rest_goes_on() -> None:
    body = "    if stride > 1:\n        raise NotImplementedError('later')\n"
    part = checked(changed(LOOPS, "    n, c, h", f"{body}    n, c, h"))
    found = states(part)
    assert found["stride"] == found["stride and padding"] == "failed"
    assert found["padding"] == found["written by hand"] == "right"
    finding = part.finding
    assert finding is not None
    assert "NotImplementedError: later" in finding.sentence
    assert finding.line == 1


def test_a_parameter_that_is_missing_is_asked_for() -> None:
    part = checked("def my_conv(x, w, stride=1):\n    return x\n")
    sentences = [one.finding.sentence for one in part.questions if one.finding]
    expected = "Expected a parameter for the padding, but my_conv takes x, w, stride."
    assert expected in sentences
    assert states(part)["padding"] == "wrong"


def test_settings_without_a_default_are_no_fault() -> None:
    part = checked(changed(LOOPS, "b=None, stride=1, padding=0", "b, stride, padding"))
    assert states(part).pop("stride and padding left out") == "beyond"
    assert part.share == 1


def test_complex_numbers_are_no_answer() -> None:
    part = checked(changed(LOOPS, "return out", "return out + 0j"))
    assert part.finding is not None
    assert "returned complex numbers (complex128)" in part.finding.sentence


def test_a_hidden_case_shows_no_number() -> None:
    part = checked(changed(LOOPS, "window * w[f]", "window * w[f].flip(1, 2)"))
    hidden = [one for one in part.questions if one.hidden]
    assert len(hidden) == 4
    for question in hidden:
        assert question.finding is not None
        assert not any(letter.isdigit() for letter in question.finding.sentence)
        assert question.finding.case is None
        assert question.finding.link == ""


def test_a_bias_that_must_be_given_is_given() -> None:
    code = changed(UNFOLDED, "b=None, stride=1, padding=0", "b, stride=1, padding=0")
    code = changed(
        code, "    if b is not None:\n        y = y + b[:, None]", "    y = y + b[:, None]"
    )
    assert checked(code).share == 1


def test_an_output_of_another_shape_has_no_gradient() -> None:
    part = checked(changed(LOOPS, "// stride + 1", "// stride"))
    gradient = next(one for one in part.questions if one.name == "gradient of the kernel")
    assert gradient.finding is not None
    assert "Expected an output of 2 × 2 × 3 × 2, got 2 × 2 × 2 × 1" in gradient.finding.sentence


class Endless(Here):
    """Does not end where the stride is large."""

    def ask(self, action, target, settings, tensors, seconds=5.0, seed=0):
        if settings["arguments"].get("stride", 1) == 1:
            return super().ask(action, target, settings, tensors, seconds, seed)
        self.asked += 1
        problem = Problem("too slow", "Your code, line 7, did not end within 5 seconds.", 7)
        return Answer({}, {}, problem, "")


def test_after_two_questions_without_an_end_no_more_is_asked() -> None:
    student = Endless(LOOPS)
    part = conv.check(student, student.of("my_conv"), 0)
    found = states(part)
    assert found["stride"] == "failed"
    assert found["padding"] == "not asked"
    assert found["gradient of the input"] == "failed"
    assert student.asked == 5
    finding = part.finding
    assert finding is not None
    assert (finding.line, finding.sentence.split(",")[1]) == (7, " line 7")


class Silent(Here):
    """Answers without an output."""

    def ask(self, action, target, settings, tensors, seconds=5.0, seed=0):
        return Answer({}, {}, None, "")


def test_an_answer_without_an_output_is_none() -> None:
    student = Silent(LOOPS)
    part = conv.check(student, student.of("my_conv"), 0)
    assert part.finding is not None
    assert part.finding.sentence == (
        "Your code gave no output. It was given an input of 1 × 1 × 5 × 6, weights of "
        "1 × 1 × 3 × 3, stride 1 and padding 0."
    )
    assert "right" not in states(part).values()


@pytest.mark.parametrize(
    ("signature", "taken"),
    [
        ("x, w, *args", "    b, stride, padding = (*args, *(None, 1, 0)[len(args) :])\n"),
        ("x, w, b=None, *args", "    stride, padding = (*args, *(1, 0)[len(args) :])\n"),
        (
            "x, w, **kw",
            '    b, stride, padding = kw.get("bias"), kw.get("stride", 1), kw.get("padding", 0)\n',
        ),
        (
            "*args, **kw",
            "    return inner(*args, **kw)\ndef inner(x, w, b=None, stride=1, padding=0):\n",
        ),
    ],
)
def test_an_open_signature_is_no_fault(signature: str, taken: str) -> None:
    head = "x, w, b=None, stride=1, padding=0):\n"
    assert checked(changed(UNFOLDED, head, f"{signature}):\n{taken}")).share == 1


def test_an_open_signature_that_uses_nothing_is_told() -> None:
    ignoring = "x, w, b=None, **kw):\n    stride, padding = 1, 0\n"
    part = checked(changed(UNFOLDED, "x, w, b=None, stride=1, padding=0):\n", ignoring))
    assert states(part)["stride"] == "wrong"


def test_what_its_caller_holds_stays_as_it_is() -> None:
    part = checked(changed(UNFOLDED, "    o, _, k, _", "    w.data *= 2\n    o, _, k, _"))
    told = [one.finding for one in part.questions if one.finding and one.finding.bug]
    assert [one.sentence for one in told if one.bug == "input-changed"] == [
        "my_conv changes the kernel in place, which its caller still holds."
    ]
    part = checked(changed(UNFOLDED, "    o, _, k, _", "    x += 1\n    o, _, k, _"))
    gradient = next(one for one in part.questions if one.name == "gradient of the input")
    assert gradient.finding is not None
    assert (gradient.state, gradient.finding.bug) == ("failed", "input-changed")
