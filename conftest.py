"""Options, fixtures and the header of every test run, and the Hypothesis profiles behind ``--profile``."""

import os

import pytest
import torch
from hypothesis import HealthCheck, settings

PROFILES = {"quick": 25, "ci": 100, "deep": 1000}
DTYPES = {"float64": torch.float64, "float32": torch.float32}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that the command line ``refute run`` has too."""
    group = parser.getgroup("refute", "refute: how claims are tested")
    group.addoption("--device", choices=["auto", "cpu", "cuda"], default="auto", help="auto: cuda if present")
    group.addoption("--dtype", choices=list(DTYPES), default="float64", help="float32 shows, never decides")
    group.addoption("--seed", type=int, default=0, metavar="INT", help="root of every generator (default 0)")
    group.addoption("--profile", choices=list(PROFILES), default="quick", help="effort (default quick)")


def register_profiles() -> None:
    """Register the Hypothesis profiles: 25, 100 and 1000 examples, the first two the same on every run."""
    for name, max_examples in PROFILES.items():
        settings.register_profile(
            name,
            max_examples=max_examples,
            deadline=None,
            derandomize=name != "deep",
            database=None,
            # How fast a loaded machine generates data is no evidence about a claim.
            suppress_health_check=[HealthCheck.too_slow],
        )


def pytest_configure(config: pytest.Config) -> None:
    """Check the options, load the profile and fix the number of threads before any test is collected."""
    if config.getoption("--device") == "cuda" and not torch.cuda.is_available():
        raise pytest.UsageError("--device cuda: torch sees no CUDA device here; use --device auto or cpu")
    if config.getoption("--seed") < 0:
        raise pytest.UsageError("--seed must be 0 or more")
    if config.getoption("--hypothesis-profile"):
        raise pytest.UsageError("use --profile quick|ci|deep: it chooses the Hypothesis profile too")
    register_profiles()
    settings.load_profile(config.getoption("--profile"))
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(1)


def chosen_device(config: pytest.Config) -> torch.device:
    """Return the device that ``--device`` names; ``auto`` is cuda where torch sees one, else cpu."""
    name = config.getoption("--device")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def pytest_report_header(config: pytest.Config) -> str:
    """Say what this run is a run of, so that its output can be read on its own."""
    option = config.getoption
    return (
        f"refute: torch {torch.__version__}, device {chosen_device(config)}, dtype {option('--dtype')}, "
        f"seed {option('--seed')}, profile {option('--profile')}, torch threads {torch.get_num_threads()}"
    )


@pytest.fixture(scope="session")
def device(request: pytest.FixtureRequest) -> torch.device:
    """Return the device to test on (``--device``)."""
    return chosen_device(request.config)


@pytest.fixture(scope="session")
def dtype(request: pytest.FixtureRequest) -> torch.dtype:
    """Return the precision to test in (``--dtype``)."""
    return DTYPES[request.config.getoption("--dtype")]


@pytest.fixture(scope="session")
def seed(request: pytest.FixtureRequest) -> int:
    """Return the root seed (``--seed``); tests make their own generators from it."""
    seed: int = request.config.getoption("--seed")
    return seed
