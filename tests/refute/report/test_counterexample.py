import contextlib
import io
import re
from pathlib import Path

import numpy as np
import pytest

from refute.audit.one_claim import audit_claim, audit_siblings
from refute.audit.profiles import PROFILES
from refute.inputs.registry import discover
from refute.report.audit_json import claim_record, sibling_records
from refute.report.counterexample import picture, program
from refute.statement.instance import Instance
from refute.statement.kinds import Compute
from tests.refute.sample_audit import read, sample


def run(text: str) -> str:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(text, "program", "exec"), {})
    return said.getvalue()


@pytest.mark.parametrize("label", ["K5", "P4"])
def test_the_program_of_a_counterexample_shows_it_again(label: str) -> None:
    (claim,) = discover(Path(__file__).parents[3]).find([label])
    pairs = audit_siblings(claim, PROFILES["quick"], 0, Compute())
    result = audit_claim(claim, PROFILES["quick"], 0, Compute())
    record = claim_record(result, "chapter", Path("witnesses"))
    siblings = sibling_records(pairs, Path("witnesses"))
    for sibling in siblings:
        assert sibling.witness is not None
        said = run(program(record, sibling.witness.instance, sibling))
        assert re.search(rf"(?m)^{re.escape(sibling.falls)}.* fails", said)
        whole = run(program(record, sibling.witness.instance))
        assert " fails" not in whole
        assert whole.count("\n") == len(sibling.witness.findings)


def test_a_claim_with_trials_has_no_program_as_its_witness_file_holds_the_seed() -> None:
    claims = {claim.id: claim for claim in read(sample()).claims}
    assert program(claims["C1"], Instance(m=3)) == ""
    assert program(claims["K1"], Instance(m=3)) != ""


def test_a_program_keeps_every_bit_and_shape() -> None:
    claims = {claim.id: claim for claim in read(sample()).claims}
    instance = Instance(
        X=np.array([[0.1, -0.0], [1 / 3, 5e-324]]), E=np.zeros((3, 0)), m=7, law="signs", w=True
    )
    lines = program(claims["K1"], instance).splitlines()
    start = lines.index("instance = Instance(")
    text = "\n".join(lines[start : lines.index(")", start) + 1])
    names: dict[str, object] = {"np": np, "Instance": Instance}
    exec(text, names)
    assert names["instance"] == instance


def test_data_in_a_plane_and_in_space_are_drawn_where_they_are() -> None:
    flat = picture(Instance(X=np.array([[1.0, 0.0, -2.0], [0.0, 1.0, 0.0]])))
    places = re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)" r="4"', flat)
    assert [(float(x), float(y)) for x, y in places] == [(154.0, 110.0), (110.0, 66.0), (22.0, 110.0)]
    assert "The 3 columns of X as points in 2 dimensions" in flat
    assert "radius 2" in flat
    solid = picture(Instance(X=np.eye(3)))
    assert solid.count('class="axis"') == 3
    assert "3 dimensions" in solid


@pytest.mark.parametrize(
    "instance",
    [
        Instance(m=3),
        Instance(X="no"),
        Instance(X=np.eye(4)),
        Instance(X=np.zeros((2, 0))),
        Instance(X=np.ones(2)),
    ],
)
def test_what_cannot_be_seen_is_not_drawn(instance: Instance) -> None:
    assert picture(instance) == ""


@pytest.mark.parametrize("size", [0.0, 5e-324, 1e-300, 1e308])
def test_points_of_any_size_stay_on_the_drawing(size: float) -> None:
    drawn = picture(Instance(X=np.full((2, 3), size)))
    numbers = [float(n) for n in re.findall(r'c[xy]="([-\d.]+|nan|inf)"', drawn)]
    assert all(0 <= number <= 220 for number in numbers)
