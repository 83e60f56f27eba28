"""The examples that the help of each command ends with are commands that parse, and narrow enough to read."""

from __future__ import annotations

import re
import shlex

import pytest

from refute.cli.examples import EXAMPLES, epilog
from refute.cli.options import _COMMANDS, parser

NAMES = [name for name, *_ in _COMMANDS]


def test_every_command_has_examples() -> None:
    assert list(EXAMPLES) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_of_a_command_are_its_own_and_parse(name: str) -> None:
    for line, said in EXAMPLES[name]:
        words = re.search(r"refute (?P<words>[^|)]*)", line)
        assert words is not None
        arguments = shlex.split(words["words"])
        assert arguments[0] == name
        parser().parse_args(arguments)
        assert said[-1] not in ".;"


@pytest.mark.parametrize("name", NAMES)
def test_the_help_shows_them_as_they_stand(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        parser().parse_args([name, "--help"])
    assert left.value.code == 0
    shown = capsys.readouterr().out
    assert shown.rstrip().endswith(epilog(name))
    assert max(map(len, epilog(name).splitlines())) < 80
