"""A rival in an environment of its own: this file runs there, and imports nothing of this project.

    PYTHON outside.py LIBRARY                                        versions, as a line of JSON
    PYTHON outside.py ROUTE THREADS INPUTS.npz RESULTS.npz           one route, on request

INPUTS hold W (m, d), A (m, d) and X (d, n), and v (n d,) for a product. RESULTS get `checked`, the result in
float64 of the first `neurons` neurons, and `timed`, that of all neurons in the dtype of the inputs. Then the
script says {"ready": true}. Each line on its standard input is a question, answered by one call and a line of
JSON: "seconds" of the call, or "mebibytes" by which memory grew. What libraries print goes to standard error.
"""

from __future__ import annotations

import ctypes
import json
import math
import os
import sys
import time
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from typing import Any

import numpy as np

Arrays = dict[str, np.ndarray]
Prepared = tuple[Callable[[], Any], Callable[[Any], np.ndarray]]
"""The call that is timed, and what makes an array of its result."""

LIBRARIES = {
    "neural-tangents": ("neural_tangents", ("neural-tangents", "jax", "jaxlib")),
    "curvlinops": ("curvlinops", ("curvlinops-for-pytorch", "torch")),
}


def neural_tangents(arrays: Arrays, implementation: str) -> Prepared:
    """The tangent kernel of both layers (nd, nd), compiled, sample by sample."""
    jax = import_module("jax")
    nt = import_module("neural_tangents")
    jax.config.update("jax_enable_x64", True)
    scale = math.sqrt(arrays["W"].size)
    weights = (jax.numpy.asarray(arrays["W"]), jax.numpy.asarray(arrays["A"]))
    samples = jax.numpy.asarray(arrays["X"].T)

    def outputs(weights: Any, samples: Any) -> Any:
        return jax.nn.relu(samples @ weights[0].T) @ weights[1] / scale

    chosen = nt.NtkImplementation[implementation]
    kernel = jax.jit(nt.empirical_ntk_fn(outputs, trace_axes=(), vmap_axes=0, implementation=chosen))

    def read(found: Any) -> np.ndarray:
        n, _, d, _ = found.shape
        return np.asarray(found).transpose(0, 2, 1, 3).reshape(n * d, n * d)

    return lambda: kernel(samples, None, weights).block_until_ready(), read


def curvlinops(arrays: Arrays) -> Prepared:
    """The product of the encoder's tangent kernel with v (nd,): its Jacobian times the transpose times v."""
    torch = import_module("torch")
    library = import_module("curvlinops")
    W, A, X, v = (torch.from_numpy(arrays[name]) for name in ("W", "A", "X", "v"))
    scale = math.sqrt(W.numel())
    encoder = torch.nn.Linear(W.shape[1], W.shape[0], bias=False, dtype=W.dtype)
    decoder = torch.nn.Linear(W.shape[0], W.shape[1], bias=False, dtype=W.dtype)
    encoder.weight.data = W
    decoder.weight.data = A.mT / scale
    model = torch.nn.Sequential(encoder, torch.nn.ReLU(), decoder)
    data = [(X.mT, X.mT)]
    J = library.JacobianLinearOperator(model, [encoder.weight], data)
    transposed = library.TransposedJacobianLinearOperator(model, [encoder.weight], data)
    return lambda: J @ (transposed @ v), lambda found: np.asarray(found.detach().numpy()).ravel()


ROUTES: dict[str, Callable[[Arrays], Prepared]] = {
    "jacobian": lambda arrays: neural_tangents(arrays, "JACOBIAN_CONTRACTION"),
    "vector-products": lambda arrays: neural_tangents(arrays, "NTK_VECTOR_PRODUCTS"),
    "curvlinops": curvlinops,
}


def first_neurons(arrays: Arrays) -> Arrays:
    """The same problem in float64 with the first `neurons` neurons only."""
    many = int(arrays["neurons"])
    cut = {"W": arrays["W"][:many], "A": arrays["A"][:many]}
    return {name: part.astype(np.float64) for name, part in {**arrays, **cut}.items()}


def limit_threads(threads: int) -> None:
    """Stay on that many processors, which every library's pool of threads takes as its size."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, cores[:threads])


def resident(field: str) -> int:
    """VmRSS, or its high-water mark VmHWM, of this process in KiB."""
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(field))


def seconds(call: Callable[[], Any]) -> float:
    """Wall time of one call."""
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def growth(call: Callable[[], Any]) -> float:
    """MiB that one call needs beyond what the process holds. What is free of it goes back before."""
    ctypes.CDLL(None).malloc_trim(0)
    with open("/proc/self/clear_refs", "w", encoding="ascii") as marks:
        marks.write("5")
    before = resident("VmRSS")
    call()
    return max(resident("VmHWM") - before, 0) / 1024


QUESTIONS: dict[str, Callable[[Callable[[], Any]], float]] = {"seconds": seconds, "mebibytes": growth}


def serve(route: str, threads: int, inputs: str, results: str) -> None:
    """Prepare a route, write its results, then run it once for every line."""
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    limit_threads(threads)
    with np.load(inputs) as file:
        arrays = {name: file[name] for name in file.files}
    call, read = ROUTES[route](first_neurons(arrays))
    checked = read(call())
    call, read = ROUTES[route](arrays)
    np.savez(results, checked=checked, timed=read(call()))
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        question = line.strip()
        print(json.dumps({question: QUESTIONS[question](call)}), file=answers, flush=True)


def versions(library: str) -> dict[str, str]:
    """The versions of a library and of what it runs on; ImportError where it cannot be imported."""
    module, packages = LIBRARIES[library]
    import_module(module)
    return {package: version(package) for package in packages}


def main() -> None:
    """Versions, or one route."""
    if len(sys.argv) == 2:
        print(json.dumps(versions(sys.argv[1])))
    else:
        route, threads, inputs, results = sys.argv[1:]
        serve(route, int(threads), inputs, results)


if __name__ == "__main__":
    main()
