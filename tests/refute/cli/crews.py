"""The toy paper with workers that can be killed and delayed, and what its audits wrote."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.refute.sweep.test_executors import MAIN, ROOT

WATCHED = '''

def _watched(judge):
    """The judge of a claim that dies, pauses, or leaves a mark, as the environment says."""

    def judged(instance, compute):
        lives = os.environ.get("TOY_LIVES")
        for life in sorted(Path(lives).iterdir()) if lives else ():
            life.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        if os.environ.get("TOY_PAUSE"):
            time.sleep(float(os.environ["TOY_PAUSE"]))
        return judge(instance, compute)

    return judged


CLAIM = replace(CLAIM, check=_watched(CLAIM.check))
'''
IMPORTS = "import os\nimport signal\nimport time\n"
IMPORTS += "from dataclasses import replace\nfrom pathlib import Path\n\n"
QUIET = {"TOY_LIVES": "", "TOY_PAUSE": ""}


def start(*arguments: str, **changes: str) -> subprocess.Popen[str]:
    """`refute` in the working directory, as the leader of a group of processes of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", MAIN, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), **QUIET, **changes},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    try:
        out, err = process.communicate(timeout=180)
    except subprocess.TimeoutExpired:  # it is no other test's to wait for
        process.kill()
        process.communicate()
        raise
    return process.returncode, out, err


def timeless(found: Any) -> Any:
    """What a file says, but for times."""
    if isinstance(found, dict):
        return {key: timeless(value) for key, value in found.items() if key not in ("seconds", "started")}
    return [timeless(one) for one in found] if isinstance(found, list) else found


def numbers(path: str = "found.json") -> str:
    """All that must not depend on who did the work, byte for byte: floats are written exactly."""
    return json.dumps(timeless(json.loads(Path(path).read_text("utf-8"))))


def audited(*options: str, **changes: str) -> tuple[str, str]:
    """The bytes of an audit with siblings and the agreement matrix, times aside, and what it said."""
    arguments = ("run", "--report", "report", "--agreement", "--ledger", "none", "--json", "found.json")
    code, _, err = finish(start(*arguments, *options, **changes))
    assert code == 0, err
    return numbers(), err


def lives(folder: Path, count: int) -> Path:
    (folder / "lives").mkdir(exist_ok=True)
    for number in range(count):
        (folder / "lives" / str(number)).touch()
    return folder / "lives"
