"""Our layers within what torch offers around its own: torch.func, torch.compile and others."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import onnxruntime
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch._subclasses import FakeTensorMode
from torch.autograd import forward_ad
from torch.autograd.functional import hessian, jacobian
from torch.func import functional_call, grad, jacfwd, jacrev, jvp, vjp, vmap
from torch.func import hessian as func_hessian
from torch.fx.experimental.proxy_tensor import make_fx
from torch.overrides import TorchFunctionMode

from tests.core.layers.unchecked import import_unchecked

conv, pool, models = import_unchecked("core.conv", "core.pool", "core.models")
conv2d, max_pool2d, avg_pool2d = conv.conv2d, pool.max_pool2d, pool.avg_pool2d

Function = Callable[..., Tensor]


@dataclass(frozen=True)
class Case:
    """The same function of the same tensors, ours and torch's."""

    ours: Function
    torchs: Function
    tensors: tuple[Tensor, ...]


def torch_cnn(model: nn.Module) -> nn.Module:
    """torch's own layers with the weights of the MNIST CNN."""
    layers = nn.Sequential(
        *(nn.Conv2d(1, 3, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(3, 6, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(294, 128), nn.ReLU(), nn.Linear(128, 10)),
    ).to(next(model.parameters()).dtype)
    weights = zip(layers.state_dict(), model.state_dict().values(), strict=True)
    layers.load_state_dict(dict(weights))
    return layers


def random(*shape: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, dtype=torch.float64, generator=generator)


def cnn() -> nn.Module:
    torch.manual_seed(0)
    return models.MnistCNN().double().eval()


MODEL = cnn()
CONV = random(3, 4, 5, 6), random(6, 2, 3, 3, seed=1), random(6, seed=2)
CASES = {
    "conv2d": Case(
        lambda x, w, b: conv2d(x, w, b, (2, 1), 1, (1, 2), 2),
        lambda x, w, b: F.conv2d(x, w, b, (2, 1), 1, (1, 2), 2),
        CONV,
    ),
    "conv2d, same": Case(
        lambda x, w: conv2d(x, w, padding="same"),
        lambda x, w: F.conv2d(F.pad(x, (0, 1, 1, 1)), w),
        (random(3, 2, 4, 5), random(3, 2, 3, 2, seed=1)),
    ),
    "max_pool2d": Case(
        lambda x: max_pool2d(x, 3, 2, 1), lambda x: F.max_pool2d(x, 3, 2, 1), (random(3, 2, 5, 6),)
    ),
    "avg_pool2d": Case(
        lambda x: avg_pool2d(x, 3, 2, 1, True, False),
        lambda x: F.avg_pool2d(x, 3, 2, 1, True, False),
        (random(3, 2, 5, 6),),
    ),
    "MnistCNN": Case(MODEL, torch_cnn(MODEL), (random(3, 1, 28, 28),)),
}
EVERY = pytest.mark.parametrize("case", CASES.values(), ids=CASES)
SMALL = pytest.mark.parametrize(
    "case", [case for name, case in CASES.items() if name != "MnistCNN"], ids=[*CASES][:-1]
)


@pytest.fixture(autouse=True)
def torchs_own_warnings() -> Iterator[None]:
    """torch's own forward mode and tracer still use torch.jit, which is deprecated."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`torch.jit", FutureWarning)
        yield


def close(actual: object, expected: object) -> None:
    torch.testing.assert_close(actual, expected, rtol=1e-9, atol=1e-11)


def loss(function: Function) -> Function:
    """One number that depends on every output in another way."""

    def total(*tensors: Tensor) -> Tensor:
        output = function(*tensors)
        return (output * torch.arange(1.0, output.numel() + 1).view_as(output).sin()).pow(2).sum()

    return total


def all_of(case: Case) -> tuple[int, ...]:
    return tuple(range(len(case.tensors)))


class TestFunctionTransforms:
    @EVERY
    def test_grad(self, case: Case) -> None:
        ours, torchs = (
            grad(loss(f), all_of(case))(*case.tensors) for f in (case.ours, case.torchs)
        )
        close(ours, torchs)

    @EVERY
    def test_vmap_of_grad_gives_the_gradient_of_each_sample(self, case: Case) -> None:
        rest = (None,) * (len(case.tensors) - 1)
        ours, torchs = (
            vmap(grad(lambda x, *t, f=f: loss(f)(x[None], *t), all_of(case)), (0, *rest))(
                *case.tensors
            )
            for f in (case.ours, case.torchs)
        )
        close(ours, torchs)

    @EVERY
    def test_vmap_over_everything(self, case: Case) -> None:
        stacked = [torch.stack([tensor, tensor.flip(0) * 2]) for tensor in case.tensors]
        close(vmap(case.ours)(*stacked), vmap(case.torchs)(*stacked))

    @EVERY
    def test_jvp(self, case: Case) -> None:
        tangents = tuple(random(*tensor.shape, seed=9) for tensor in case.tensors)
        close(jvp(case.ours, case.tensors, tangents), jvp(case.torchs, case.tensors, tangents))

    @EVERY
    def test_vjp(self, case: Case) -> None:
        results = []
        for function in (case.ours, case.torchs):
            output, pullback = vjp(function, *case.tensors)
            results.append((output, pullback(random(*output.shape, seed=9))))
        close(*results)

    @SMALL
    @pytest.mark.parametrize("derivative", [jacrev, jacfwd])
    def test_jacobians(self, case: Case, derivative: Callable) -> None:
        ours, torchs = (
            derivative(f, all_of(case))(*case.tensors) for f in (case.ours, case.torchs)
        )
        close(ours, torchs)

    @SMALL
    def test_hessian_which_is_forward_over_reverse(self, case: Case) -> None:
        ours, torchs = (
            func_hessian(loss(f), all_of(case))(*case.tensors) for f in (case.ours, case.torchs)
        )
        close(ours, torchs)

    def test_per_sample_gradients_of_all_weights(self) -> None:
        images, labels = random(4, 1, 28, 28), torch.tensor([3, 1, 4, 1])

        def of_one(
            weights: dict[str, Tensor], image: Tensor, label: Tensor, model: nn.Module
        ) -> Tensor:
            logits = functional_call(model, weights, (image[None],))
            return F.cross_entropy(logits, label[None])

        weights = {name: weight.detach() for name, weight in MODEL.named_parameters()}
        together = vmap(grad(of_one), (None, 0, 0, None))(weights, images, labels, MODEL)
        for index in range(4):
            alone = torch.autograd.grad(
                F.cross_entropy(MODEL(images[index, None]), labels[index, None]), MODEL.parameters()
            )
            close([gradient[index] for gradient in together.values()], list(alone))

    def test_an_ensemble(self) -> None:
        models = [cnn(), cnn()]
        for parameter in models[1].parameters():
            parameter.data.mul_(0.5)
        weights, buffers = torch.func.stack_module_state(models)
        images = random(3, 1, 28, 28)
        together = vmap(lambda w: functional_call(models[0], (w, buffers), (images,)))(weights)
        close(together, torch.stack([model(images) for model in models]))

    def test_vmap_of_integers_and_of_indices(self) -> None:
        images = torch.randint(-9, 9, (2, 3, 2, 6, 6))
        weight = torch.randint(-9, 9, (4, 2, 3, 3))
        assert torch.equal(
            vmap(lambda x: conv2d(x, weight))(images),
            torch.stack([F.conv2d(x, weight) for x in images]),
        )
        together = vmap(lambda x: max_pool2d(x, 2, return_indices=True))(images)
        alone = [F.max_pool2d(x, 2, return_indices=True) for x in images]
        assert all(
            torch.equal(a, torch.stack(b))
            for a, b in zip(together, zip(*alone, strict=True), strict=True)
        )

    def test_a_transform_leaves_no_trace_in_the_next_call(self) -> None:
        case = CASES["conv2d"]
        expected = case.torchs(*case.tensors)
        for _ in range(2):
            grad(loss(case.ours))(*case.tensors)
            close(case.ours(*case.tensors), expected)


class TestAutograd:
    @EVERY
    def test_forward_mode(self, case: Case) -> None:
        results = []
        for function in (case.ours, case.torchs):
            with forward_ad.dual_level():
                duals = [forward_ad.make_dual(t, random(*t.shape, seed=9)) for t in case.tensors]
                results.append(tuple(forward_ad.unpack_dual(function(*duals))))
        close(*results)

    @EVERY
    @pytest.mark.parametrize("strategy", ["reverse-mode", "forward-mode"])
    def test_vectorised_jacobian(self, case: Case, strategy: str) -> None:
        tensors = case.tensors[:1] if case.ours is MODEL else case.tensors
        ours = jacobian(case.ours, tensors, vectorize=True, strategy=strategy)
        expected = jacobian(case.torchs, tensors)  # torch's own max_pool2d cannot be vectorised so
        assert all(isinstance(block, Tensor) for block in ours)
        close(tuple(ours), tuple(expected))

    @SMALL
    def test_vectorised_hessian(self, case: Case) -> None:
        ours, torchs = (
            hessian(loss(f), case.tensors, vectorize=True) for f in (case.ours, case.torchs)
        )
        close(ours, torchs)

    @EVERY
    def test_batched_gradients_of_a_plain_output(self, case: Case) -> None:
        results = []
        for function in (case.ours, case.torchs):
            leaves = [tensor.clone().requires_grad_() for tensor in case.tensors]
            output = function(*leaves)
            upstream = random(2, *output.shape, seed=9)

            def pull(
                gradient: Tensor, output: Tensor = output, leaves: list[Tensor] = leaves
            ) -> tuple:
                return torch.autograd.grad(output, leaves, gradient, retain_graph=True)

            results.append(
                torch.autograd.grad(
                    output, leaves, upstream, retain_graph=True, is_grads_batched=True
                )
            )
            close(vmap(pull)(upstream), results[-1])
        close(*results)

    @EVERY
    def test_double_backward(self, case: Case) -> None:
        results = []
        for function in (case.ours, case.torchs):
            leaves = [tensor.clone().requires_grad_() for tensor in case.tensors]
            first = torch.autograd.grad(loss(function)(*leaves), leaves, create_graph=True)
            total = sum(gradient.pow(2).sum() for gradient in first)
            results.append(torch.autograd.grad(total, leaves))
        close(*results)

    def test_checkpointing(self) -> None:
        images = random(2, 1, 28, 28).requires_grad_()
        kept = torch.utils.checkpoint.checkpoint(MODEL, images, use_reentrant=False)
        close(
            torch.autograd.grad(kept.sum(), images),
            torch.autograd.grad(MODEL(images).sum(), images),
        )


def values_and_gradients(function: Function, tensors: tuple[Tensor, ...]) -> list[Tensor]:
    leaves = [tensor.clone().requires_grad_() for tensor in tensors]
    output = function(*leaves)
    return [output.detach(), *torch.autograd.grad(output.square().sum(), leaves)]


class Wrapped(nn.Module):
    def __init__(self, function: Function) -> None:
        super().__init__()
        self.function = function

    def forward(self, *tensors: Tensor) -> Tensor:
        return self.function(*tensors)


def as_module(function: Function) -> nn.Module:
    return function if isinstance(function, nn.Module) else Wrapped(function)


class TestGraphs:
    @EVERY
    def test_compile(self, case: Case) -> None:
        torch.compiler.reset()
        compiled = torch.compile(case.ours, fullgraph=True, backend="aot_eager")
        close(
            values_and_gradients(compiled, case.tensors),
            values_and_gradients(case.torchs, case.tensors),
        )
        larger = (
            random(5, *case.tensors[0].shape[1:], seed=4),
            *case.tensors[1:],
        )  # sizes as symbols
        close(values_and_gradients(compiled, larger), values_and_gradients(case.torchs, larger))

    def test_compile_with_generated_code(self) -> None:
        torch.compiler.reset()
        case = CASES["conv2d"]
        compiled = torch.compile(
            lambda *tensors: max_pool2d(case.ours(*tensors), 2), fullgraph=True
        )
        close(compiled(*case.tensors), F.max_pool2d(case.torchs(*case.tensors), 2))

    @EVERY
    @pytest.mark.parametrize("strict", [False, True])
    def test_export_with_any_batch(self, case: Case, strict: bool) -> None:
        batch = {0: torch.export.Dim("batch", min=2)}
        shapes = (batch, *((None,) * (len(case.tensors) - 1)))
        dynamic = shapes if case.ours is MODEL else (shapes,)
        program = torch.export.export(
            as_module(case.ours), case.tensors, dynamic_shapes=dynamic, strict=strict
        )
        for n in (3, 7):
            tensors = (random(n, *case.tensors[0].shape[1:], seed=4), *case.tensors[1:])
            close(program.module()(*tensors), case.torchs(*tensors))
        names = {str(node.target) for node in program.graph.nodes}
        assert not any("convolution" in name or "pool2d" in name for name in names)

    @EVERY
    def test_trace(self, case: Case) -> None:
        traced = torch.jit.trace(as_module(case.ours), case.tensors)
        for n, more in ((3, 0), (7, 0), (2, 3)):
            if more and case in (CASES["avg_pool2d"], CASES["MnistCNN"]):
                continue  # ceil_mode decides by the size, and so does the linear layer
            _, c, h, w = case.tensors[0].shape
            tensors = (random(n, c, h + more, w + more, seed=4), *case.tensors[1:])
            close(traced(*tensors), case.torchs(*tensors))

    @EVERY
    def test_onnx(self, case: Case) -> None:
        tensors = tuple(tensor.float() for tensor in case.tensors)
        model = models.MnistCNN().eval() if case.ours is MODEL else as_module(case.ours).eval()
        expected = torch_cnn(model) if case.ours is MODEL else case.torchs
        shapes = ({0: torch.export.Dim("batch", min=2)}, *((None,) * (len(tensors) - 1)))
        program = torch.onnx.export(
            model,
            tensors,
            dynamo=True,
            verbose=False,
            dynamic_shapes=shapes if case.ours is MODEL else (shapes,),
        )
        session = onnxruntime.InferenceSession(program.model_proto.SerializeToString())
        names = [given.name for given in session.get_inputs()]
        for n in (3, 7):
            tensors = (random(n, *tensors[0].shape[1:], seed=4).float(), *tensors[1:])
            feeds = {name: tensor.numpy() for name, tensor in zip(names, tensors, strict=True)}
            output = session.run(None, feeds)[0]
            np.testing.assert_allclose(
                output, expected(*tensors).detach().numpy(), rtol=1e-4, atol=1e-4
            )

    @EVERY
    def test_make_fx(self, case: Case) -> None:
        graph = make_fx(case.ours)(*case.tensors)
        close(graph(*case.tensors), case.torchs(*case.tensors))

    def test_make_fx_with_symbols_for_sizes(self) -> None:
        case = CASES["conv2d"]

        def tensors(n: int) -> tuple[Tensor, ...]:
            return (random(n, *case.tensors[0].shape[1:]), *case.tensors[1:])

        graph = make_fx(case.ours, tracing_mode="symbolic")(*tensors(7))
        for n in (7, 11):
            close(graph(*tensors(n)), case.torchs(*tensors(n)))

    def test_symbolic_trace_keeps_our_calls_whole(self) -> None:
        graph = torch.fx.symbolic_trace(MODEL)
        called = [node.target for node in graph.graph.nodes if node.op == "call_function"]
        assert called.count(conv2d) == called.count(max_pool2d) == 2
        images = random(2, 1, 28, 28)
        close(graph(images), MODEL(images))
        layers = nn.Sequential(
            conv.Conv2d(1, 2, 3, padding=1, padding_mode="reflect"), pool.MaxPool2d(2)
        ).double()
        close(torch.fx.symbolic_trace(layers)(images), layers(images))
        graph = torch.fx.symbolic_trace(lambda x: avg_pool2d(x, 2))
        assert [node.target for node in graph.graph.nodes][1] is avg_pool2d


class TestWithoutMemory:
    @EVERY
    def test_meta(self, case: Case) -> None:
        ours = case.ours
        if case.ours is MODEL:
            with torch.device("meta"):
                ours = models.MnistCNN().double()
        outputs = ours(*(tensor.to("meta") for tensor in case.tensors))
        assert outputs.device.type == "meta"
        assert outputs.shape == case.torchs(*case.tensors).shape
        leaf = case.tensors[0].to("meta").requires_grad_()
        ours(leaf, *(tensor.to("meta") for tensor in case.tensors[1:])).sum().backward()
        assert leaf.grad is not None
        assert leaf.grad.shape == leaf.shape

    @EVERY
    def test_fake(self, case: Case) -> None:
        with FakeTensorMode(allow_non_fake_inputs=True) as mode:
            tensors = [mode.from_tensor(tensor.clone().requires_grad_()) for tensor in case.tensors]
            output = case.ours(*tensors)
            output.sum().backward()
        assert output.shape == case.torchs(*case.tensors).shape
        assert [t.grad.shape for t in tensors] == [t.shape for t in case.tensors]
        close(case.ours(*case.tensors), case.torchs(*case.tensors))  # nothing of it was kept

    def test_a_backward_pass_under_fake_tensors_leaves_nothing_behind(self) -> None:
        images = random(2, 2, 9, 9)
        leaf = images.clone().requires_grad_()
        output = max_pool2d(leaf, 3, 2)
        with FakeTensorMode(allow_non_fake_inputs=True):
            torch.autograd.grad(output, leaf, torch.ones(output.shape, dtype=torch.float64))
        close(
            values_and_gradients(lambda x: max_pool2d(x, 3, 2), (images,)),
            values_and_gradients(lambda x: F.max_pool2d(x, 3, 2), (images,)),
        )


class Marked(Tensor):
    """A subclass that stays what it is through every operation, as torch's default has it."""


class Calls(TorchFunctionMode):
    def __init__(self) -> None:
        super().__init__()
        self.functions: list[object] = []

    def __torch_function__(self, function, types, args=(), kwargs=None):
        self.functions.append(function)
        return function(*args, **(kwargs or {}))


class TestOverrides:
    @EVERY
    def test_a_subclass_comes_back(self, case: Case) -> None:
        output = case.ours(case.tensors[0].as_subclass(Marked), *case.tensors[1:])
        assert type(output) is Marked
        close(output.as_subclass(Tensor), case.torchs(*case.tensors))

    def test_a_mode_sees_our_functions(self) -> None:
        with Calls() as calls:
            conv2d(CONV[0], CONV[1], None, groups=2)
            max_pool2d(CONV[0], 2)
            avg_pool2d(CONV[0], 2)
        assert [f for f in calls.functions if f in (conv2d, max_pool2d, avg_pool2d)] == [
            conv2d,
            max_pool2d,
            avg_pool2d,
        ]
