import pytest

from benchmarks.corner_tables import CORNERS, told


@pytest.mark.parametrize("claim", sorted(CORNERS))
def test_every_claim_has_corners_within_its_statement(claim: str) -> None:
    names, instances = zip(*CORNERS[claim][1](), strict=True)
    assert len(set(names)) == len(names)
    assert told(claim, 0, instances[0], 2).strip().isdigit() or claim in ("W3", "M4")
    assert told(claim, 1, instances[1], 2).strip().isdigit()


def test_a_corner_outside_of_a_statement_says_why() -> None:
    (_, outside), *_ = CORNERS["M4"][1]()
    assert told("M4", 0, outside, 1).startswith("outside: n or d")
