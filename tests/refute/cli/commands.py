"""The command on the toy paper: run here or in its own process, what it wrote, and what spoils a claim."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from refute.cli import main as cli
from tests.refute.toy_files import N2, N3, change

ROOT = Path(__file__).resolve().parents[3]


def refute(*arguments: str | Path) -> int:
    """The exit code, whether it is returned or leaves through SystemExit."""
    try:
        return cli.main([str(argument) for argument in arguments])
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else -1


def written(root: Path) -> set[str]:
    """Every file of the paper, what Hypothesis and the interpreter keep for themselves aside."""
    files = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    return {str(path) for path in files if not {".hypothesis", "__pycache__"} & set(path.parts)}


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def falsify(toy: Path) -> None:
    """N3 now claims what its false sibling claims."""
    change(toy, N3, "check=partial(check, 2)", "check=partial(check, 0)")


def raise_in(toy: Path, error: str) -> None:
    """Judging N2 raises this error."""
    change(toy, N2, "    least = share", f"    raise {error}\n    least = share")


def witness(toy: Path, **changes: object) -> str:
    data = {
        "schema": "refute-witness/1",
        "protocol": 1,
        "claim": "N1",
        "sibling": None,
        "seed": 0,
        "device": "cpu",
        "dtype": "float64",
        "instance": {"x": 1, "y": 1},
        **changes,
    }
    (toy / "witness.json").write_text(json.dumps(data), encoding="utf-8")
    return "witness.json"


def start(toy: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """The command in a process of its own, with further variables of the environment."""
    encoding = environment.get("PYTHONIOENCODING", "utf-8")
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **environment}
    command = [sys.executable, "-m", "refute.cli", *arguments]
    return subprocess.Popen(
        command,
        cwd=toy,
        env=variables,
        encoding=encoding,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
