"""The pages of the documentation: what is fenced in them, and the commands among it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("docs/**/*.md"), *ROOT.glob("*.md")])
EXAMPLE = ROOT / "docs" / "write-a-claim.md"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"(?:[A-Z_]+=\S+ )*(?:\S*/)?(refute|make) (.*)")


def commands_of(page: Path) -> Iterator[tuple[str, str]]:
    """(program, arguments) of a page's fenced commands; in a block with prompts, only its lines with one."""
    for language, block in FENCE.findall(page.read_text(encoding="utf-8")):
        lines = block.splitlines() if language in ("sh", "console") else []
        prompted = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
        for line in prompted or lines:
            if found := COMMAND.match(line):
                yield found[1], found[2]
