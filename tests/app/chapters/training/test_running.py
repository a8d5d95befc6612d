import torch

from app.chapters.training.running import most_moved, run


def test_the_kernel_that_moves_most_is_shown():
    before = torch.zeros(3, 2, 2)
    after = before.clone()
    after[1, 0, 1], after[2, 1, 1] = 0.5, -0.75
    first, second = most_moved(before, after)
    assert torch.equal(first, before[2])
    assert torch.equal(second, after[2])


def test_the_step_of_the_picture_moves_its_kernel():
    scene, _ = run()
    grids = {grid.title: grid.values for grid in scene.grids}
    before, after = grids["A kernel before"], grids["A kernel after"]
    assert float((after - before).abs().max()) > 1e-3
    assert "moves a weight of this kernel by 0 at most" not in scene.sentences[0]
