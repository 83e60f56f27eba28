"""What somebody would write instead: the ordinary routes to a trained batch and to a tangent kernel."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, jacrev, jvp, vjp, vmap

from models.networks.autoencoder import Network
from models.networks.regime import Regime


class Autoencoder(nn.Module):
    """One network as a module; the decoder is a buffer in the weak regime."""

    def __init__(self, W: Tensor, A: Tensor, regime: Regime) -> None:
        super().__init__()
        self.W = nn.Parameter(W.clone())
        if regime == "joint":
            self.A = nn.Parameter(A.clone())
        else:
            self.register_buffer("A", A.clone())
        self.scale = math.sqrt(W.numel())

    def forward(self, X: Tensor) -> Tensor:
        """U (d, n)."""
        return self.A.mT @ torch.relu(self.W @ X) / self.scale


def module_loop(network: Network, X: Tensor, step_size: float, steps: int, regime: Regime) -> None:
    """One network after the other with autograd and SGD, noting residual and movement at every step."""
    for b in range(network.batch):
        model = Autoencoder(network.W[b], network.A[b], regime)
        optimizer = torch.optim.SGD(model.parameters(), lr=step_size)
        start = network.W[b]
        record = []
        for _ in range(steps):
            optimizer.zero_grad()
            E = X - model(X)
            loss = E.square().sum() / 2
            loss.backward()
            with torch.no_grad():
                record.append((float(E.norm()), float((model.W - start).norm(dim=1).max())))
            optimizer.step()


def vmap_loop(network: Network, X: Tensor, step_size: float, steps: int, regime: Regime) -> None:
    """The whole batch by torch.func: vmap of grad, same records."""
    scale = network.scale

    def loss(W: Tensor, A: Tensor) -> tuple[Tensor, Tensor]:
        E = X - A.mT @ torch.relu(W @ X) / scale
        return E.square().sum() / 2, E.norm()

    arguments = (0, 1) if regime == "joint" else (0,)
    step = vmap(grad(loss, argnums=arguments, has_aux=True))
    W = network.W
    A = network.A
    record = []
    for _ in range(steps):
        slopes, residual = step(W, A)
        record.append((residual, (W - network.W).norm(dim=2).amax(dim=1)))
        W = W - step_size * slopes[0]
        if regime == "joint":
            A = A - step_size * slopes[1]


def jacrev_gram(network: Network, X: Tensor, regime: Regime) -> Tensor:
    """The tangent kernel (B, nd, nd) from the dense Jacobian of a module, network by network."""
    return torch.stack([_one_gram(network.W[b], network.A[b], X, regime) for b in range(network.batch)])


def _one_gram(W: Tensor, A: Tensor, X: Tensor, regime: Regime) -> Tensor:
    model = Autoencoder(W, A, "joint")
    parts = {name: part.detach() for name, part in model.named_parameters()}
    held = {"A": parts.pop("A")} if regime == "weak" else {}

    def output(trained: dict[str, Tensor]) -> Tensor:
        result: Tensor = functional_call(model, {**trained, **held}, (X,)).mT.reshape(-1)
        return result

    jacobians = [J.flatten(1) for J in jacrev(output)(parts).values()]
    return torch.stack([J @ J.mT for J in jacobians]).sum(0)


def func_product(network: Network, X: Tensor) -> Callable[[Tensor], Tensor]:
    """V (n d,) -> H V of the weak regime by torch.func: a vjp, then a jvp, for one network."""
    A = network.A[0]
    scale = network.scale

    def output(W: Tensor) -> Tensor:
        return (A.mT @ torch.relu(W @ X) / scale).mT.reshape(-1)

    pull: Callable[[Tensor], tuple[Tensor]]
    _, pull = vjp(output, network.W[0])[:2]

    def product(v: Tensor) -> Tensor:
        moved: Tensor = jvp(output, (network.W[0],), pull(v))[1]
        return moved

    return product


def khatri_rao(network: Network, X: Tensor) -> Tensor:
    """The weak kernel (nd, nd) of one network from features 1[z_ri > 0] a_rp, chunk by chunk."""
    (d, n) = X.shape
    m = network.m
    total = X.new_zeros(n * d, n * d)
    for first in range(0, m, 4096):
        part = slice(first, first + 4096)
        D = (network.W[0, part] @ X > 0).to(X.dtype)
        F = (D[:, :, None] * network.A[0, part, None, :]).flatten(1)
        total.addmm_(F.mT, F)
    return total * (X.mT @ X).repeat_interleave(d, 0).repeat_interleave(d, 1) / (m * d)
