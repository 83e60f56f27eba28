"""A paper is found from anywhere: these tests have its folder on the path of Python, a shell has not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_a_paper_is_found_wherever_refute_was_started(toy: Path, tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from refute.inputs.registry import discover\n"
    code += "print([claim.id for claim in discover(Path(sys.argv[1])).claims])"
    said = subprocess.run(
        [sys.executable, "-c", code, str(toy)],
        cwd=tmp_path.parent,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert json.loads(said.stdout.replace("'", '"')) == ["N1", "N2", "N3"], said.stderr
