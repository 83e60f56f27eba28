"""What the tests of this repository share: the Hypothesis profile behind ``--profile``, fixtures, the header.

The options are declared by the plugin that refute installs (`refute/pytest_plugin.py`).
"""

import os

import pytest
import torch
from hypothesis import HealthCheck, settings

from refute.audit.profiles import PROFILES

DTYPES = {"float64": torch.float64, "float32": torch.float32}


def register_profiles() -> None:
    """Register a Hypothesis profile for each profile of an audit."""
    for profile in PROFILES.values():
        settings.register_profile(
            profile.name,
            max_examples=profile.examples,
            deadline=None,
            derandomize=profile.repeats,
            database=None,
            # How fast a loaded machine generates data is no evidence about a claim.
            suppress_health_check=[HealthCheck.too_slow],
        )


def pytest_configure(config: pytest.Config) -> None:
    """Check the options, load the profile and fix the number of threads before any test is collected."""
    if config.getoption("--device") == "cuda" and not torch.cuda.is_available():
        raise pytest.UsageError("--device cuda: torch sees no CUDA device here; use --device auto or cpu")
    if config.getoption("--hypothesis-profile"):
        raise pytest.UsageError(f"use --profile {'|'.join(PROFILES)}: it chooses the Hypothesis profile too")
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
