"""Builds the C++ files here with the machine's compiler, once, and keeps the result in the user's cache.

    python -m models.native.build      build now, and report in one line what will be used

The file in the cache is named by everything it depends on (source, flags, torch, Python, processor), and put
there by one rename: builds at the same time, interrupted ones and folders shared between machines do no harm.

The loop takes the steps of `models.training.torch_loop`, in one pass over the weights a step; the sums make
tangent kernels and certificates.

Each C++ file begins with its derivation. `descent.cpp` is the loop, `double_double.cpp` the same in twice the
digits; `kernels.cpp`, `certificate.cpp` and `product.cpp` are the sums, the first two by the method of
`patterns.hpp`. Each of these five may be deleted by itself, but the others are built only beside the loop.
Without a C++ compiler everything runs on torch and numpy.
"""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path

import torch

HERE = Path(__file__).parent
LOOP = "descent.cpp"
"""Without it there is no library. The library has the functions of every other C++ file that is here."""
PRODUCT = "descent.so"
SECONDS = 300
"""Seconds that a build may take, many times what it needs on one core: the limit ends compilers that hang."""
SWITCH = "REFUTE_NATIVE"
"""Set this variable to 0 to train on torch alone."""


@dataclass(frozen=True)
class Native:
    """The loaded library, or None; `message` is one line for a person: which it is, or why there is none."""

    library: ctypes.CDLL | None
    message: str


@cache
def native() -> Native:
    """The compiled loop of this machine, built if the cache lacks it. Never raises for a missing compiler."""
    if os.environ.get(SWITCH) == "0":
        return Native(None, f"torch ({SWITCH}=0)")
    if not (HERE / LOOP).is_file():
        return Native(None, f"torch (models/native/{LOOP} is not there)")
    try:
        product = _cache() / f"{_key()}.so"
        if not product.is_file():
            _build(product)
        return Native(ctypes.CDLL(str(product)), f"compiled from models/native/{LOOP}")
    except (OSError, subprocess.SubprocessError) as error:
        return Native(None, f"torch ({LOOP} could not be built: {_reason(error)})")


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "refute"


def _parts() -> list[Path]:
    """What is compiled, what that includes, and what compiles it."""
    return sorted(path for pattern in ("*.cpp", "*.hpp", "setup.py") for path in HERE.glob(pattern))


def _key() -> str:
    """Everything that the product depends on, as 32 hexadecimal digits."""
    digest = blake2b(digest_size=16, person=b"refute-native")
    for part in (*(path.read_bytes() for path in _parts()), *_machine()):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _machine() -> tuple[bytes, ...]:
    names = (torch.__version__, platform.python_version(), platform.machine(), os.environ.get("CXX", ""))
    return (*map(str.encode, names), _processor())


def _processor() -> bytes:
    """The instruction sets that -march=native may use; elsewhere than on Linux the processor's name."""
    try:
        lines = Path("/proc/cpuinfo").read_bytes().splitlines()
    except OSError:
        return platform.processor().encode()
    return next((line for line in lines if line.startswith((b"flags", b"Features"))), b"")


def _build(product: Path) -> None:
    """Compile in a folder of its own and move the result to `product`. OSError or SubprocessError."""
    product.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=product.parent) as folder:
        for part in _parts():
            shutil.copy(part, folder)
        # Files are compiled side by side by ninja, which pip puts beside Python; without it one by one.
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
        command = [sys.executable, "setup.py"]
        # A make above with several jobs names files to ninja that are not open here.
        environment = {name: value for name, value in os.environ.items() if name != "MAKEFLAGS"}
        environment["PATH"] = path
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, timeout=SECONDS)
        os.replace(Path(folder) / PRODUCT, product)


def _reason(error: Exception) -> str:
    """The first line that the compiler or the system calls an error, or else the last one with any text."""
    streams = [getattr(error, name, None) or b"" for name in ("stdout", "stderr")]
    text = b"\n".join(streams).decode(errors="replace") if any(streams) else str(error)
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if "error:" in line or "not found" in line]
    return next(iter(errors or lines[-1:]), type(error).__name__)


if __name__ == "__main__":
    print(f"training loop: {native().message}")
