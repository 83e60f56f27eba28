"""Witness files: a counterexample that anyone can replay."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from refute.audit.judgement import Judgement
from refute.audit.result import Result
from refute.basics.errors import WitnessError
from refute.basics.files import write_json
from refute.evidence.seeds import PROTOCOL
from refute.evidence.sequential import FALSE_ALARM_LEVEL
from refute.statement.claim import Claim
from refute.statement.instance import Instance
from refute.statement.kinds import DTYPES, Compute

SCHEMA = "refute-witness/1"


@dataclass(frozen=True)
class Witness:
    """A counterexample to a claim, or to its false sibling: the instance, and all that fixes its trials."""

    claim: str
    sibling: str | None
    seed: int
    compute: Compute
    instance: Instance
    level: float = FALSE_ALARM_LEVEL

    @property
    def label(self) -> str:
        """The label of what is refuted, as in `Claim.as_sibling`."""
        return self.claim if self.sibling is None else f"{self.claim}~{self.sibling}"


def witness_path(folder: Path, label: str) -> Path:
    """Where in a folder the counterexample to a claim or sibling is kept."""
    return folder / f"{label}.json"


def save_witnesses(results: Iterable[Result], seed: int, compute: Compute, folder: Path) -> None:
    """Save the counterexample of every result that has one, and those of its siblings. Raises OSError."""
    for result in results:
        save_witnesses((below for _, below in result.siblings), seed, compute, folder)
        example = result.counterexample
        if example is not None:
            claim, _, sibling = result.claim.id.partition("~")
            witness = Witness(claim, sibling or None, seed, compute, example.instance, result.level)
            save_witness(witness, example.judgement, folder)


def save_witness(witness: Witness, judgement: Judgement, folder: Path) -> Path:
    """Write one witness file, whole or not at all, and return its path. Raises OSError."""
    return write_json(
        witness_path(folder, witness.label),
        {
            "schema": SCHEMA,
            "protocol": PROTOCOL,
            "claim": witness.claim,
            "sibling": witness.sibling,
            "seed": witness.seed,
            "device": witness.compute.device,
            "dtype": witness.compute.dtype,
            "level": witness.level,
            "instance": witness.instance.to_json(),
            "findings": [comparison.to_json() for comparison in judgement.comparisons],
        },
    )


def load_witness(path: Path) -> Witness:
    """Read a witness file. Raises WitnessError that names the file and what is wrong with it."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise WitnessError(f"{path}: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise WitnessError(f"{path} is not a JSON file: {error}") from None
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise WitnessError(f"{path} is not a witness file (no schema {SCHEMA!r})")
    if data.get("protocol") != PROTOCOL:
        raise WitnessError(
            f"{path} was made with trial protocol {data.get('protocol')}, this is protocol {PROTOCOL}"
        )
    try:
        return Witness(
            claim=_text(data, "claim"),
            sibling=None if _entry(data, "sibling") is None else _text(data, "sibling"),
            seed=_seed(data),
            compute=Compute(_text(data, "device"), _dtype(data)),
            instance=Instance.from_json(_entry(data, "instance")),
            level=_level(data),
        )
    except (TypeError, ValueError, OverflowError) as error:
        raise WitnessError(f"{path} is damaged: {error}") from None


def find_target(witness: Witness, claims: tuple[Claim, ...]) -> Claim:
    """The claim or sibling that a witness is about. Raises WitnessError if the paper has no such thing."""
    claim = next((c for c in claims if c.id == witness.claim), None)
    if claim is None:
        raise WitnessError(f"the witness is about claim {witness.claim}, which this paper does not have")
    if witness.sibling is None:
        return claim
    sibling = next((s for s in claim.siblings if s.name == witness.sibling), None)
    if sibling is None:
        raise WitnessError(
            f"the witness is about sibling {witness.sibling!r} of {claim.id}, which it does not have"
        )
    return claim.as_sibling(sibling)


def _entry(data: dict[str, Any], name: str) -> Any:
    if name not in data:
        raise ValueError(f"{name} is missing")
    return data[name]


def _text(data: dict[str, Any], name: str) -> str:
    value = _entry(data, name)
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a text, not {value!r}")
    return value


def _seed(data: dict[str, Any]) -> int:
    value = _entry(data, "seed")
    if type(value) is not int or value < 0:
        raise ValueError(f"seed must be a whole number that is not negative, not {value!r}")
    return value


def _level(data: dict[str, Any]) -> float:
    value = data.get("level", FALSE_ALARM_LEVEL)
    if type(value) is not float or not 0 < value < 1:
        raise ValueError(f"level must be a number between 0 and 1, not {value!r}")
    return value


def _dtype(data: dict[str, Any]) -> str:
    value = _text(data, "dtype")
    if value not in DTYPES:
        raise ValueError(f"dtype must be one of {', '.join(DTYPES)}, not {value!r}")
    return value
