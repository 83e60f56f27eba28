"""Witness files: a counterexample that anyone can replay."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from refute.claim import DTYPES, Claim, Compute
from refute.evidence.seeds import PROTOCOL
from refute.evidence.sequential import LEVEL
from refute.instance import Instance
from refute.judgement import Judgement

SCHEMA = "refute-witness/1"


class WitnessError(Exception):
    """A witness file that cannot be replayed; the message is one line for the user."""


@dataclass(frozen=True)
class Witness:
    """A counterexample to a claim, or to its false sibling: the instance, and all that fixes its trials."""

    claim: str
    sibling: str | None
    seed: int
    compute: Compute
    instance: Instance
    level: float = LEVEL

    @property
    def label(self) -> str:
        """The label of what is refuted, as in `Claim.as_sibling`."""
        return self.claim if self.sibling is None else f"{self.claim}~{self.sibling}"


def save_witness(witness: Witness, judgement: Judgement, folder: Path) -> Path:
    """Write `folder/LABEL.json` (whole or not at all) and return its path."""
    path = folder / f"{witness.label}.json"
    write_json(
        path,
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
            "findings": [finding.to_json() for finding in judgement.findings],
        },
    )
    return path


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


def write_json(path: Path, data: Any) -> None:
    """Write JSON through a temporary file in the same folder: the file is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=path.parent, suffix=".part", delete=False, encoding="utf-8") as part:
        try:
            json.dump(data, part, indent=1, allow_nan=False)
            part.write("\n")
        except BaseException:
            os.unlink(part.name)
            raise
    os.chmod(part.name, 0o644)
    os.replace(part.name, path)


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
    value = data.get("level", LEVEL)
    if type(value) is not float or not 0 < value < 1:
        raise ValueError(f"level must be a number between 0 and 1, not {value!r}")
    return value


def _dtype(data: dict[str, Any]) -> str:
    value = _text(data, "dtype")
    if value not in DTYPES:
        raise ValueError(f"dtype must be one of {', '.join(DTYPES)}, not {value!r}")
    return value
