import numpy as np
import torch

from claims.tied.t6_linear_degeneracy import check, linear_step, off_kinks, step_magnitude
from refute import Compute, Instance, Unmet
from refute.numerics.rounding import gamma


def test_the_linear_step_is_gradient_descent_on_the_linear_autoencoder() -> None:
    generator = np.random.default_rng(0)
    V = generator.standard_normal((3, 4))
    Y = generator.standard_normal((4, 5))
    factor = 0.375
    eta = 0.25
    leaf = torch.from_numpy(V).requires_grad_()
    data = torch.from_numpy(Y)
    loss = (data - factor * leaf.T @ (leaf @ data)).square().sum() / 2
    (gradient,) = torch.autograd.grad(loss, leaf)
    error = np.abs(linear_step(V, Y, factor, eta) - (V - eta * gradient.numpy()))
    assert (error <= 2 * gamma(64) * step_magnitude(V, Y, factor, eta)).all()


def test_rows_on_a_kink_are_moved_off_it_and_others_stay() -> None:
    Y = np.eye(3)[:, :2]
    V = np.array([[0.0, 1.0, 0.0], [1.0, -2.0, 0.0], [0.0, 0.0, 0.0], [2.0**-10, 0.0, 2.0**10]])
    moved = off_kinks(V, Y)
    assert (moved @ Y).all()
    assert np.array_equal(moved[1], V[1])


def test_an_instance_on_a_kink_is_not_judged() -> None:
    V = np.array([[0.0, 1.0], [1.0, 1.0]])
    Y = np.array([[1.0], [0.0]])
    instance = Instance(V=V, Y=Y, points=np.eye(2), c=1.0, eta=0.5)
    assert isinstance(check(instance, Compute()), Unmet)
    assert not isinstance(check(instance.replace(V=V + 0.5), Compute()), Unmet)
