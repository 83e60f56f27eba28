"""Witness files: a counterexample that anyone can replay."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

from refute.audit.judgement import Judgement
from refute.audit.result import Result
from refute.basics.errors import WitnessError
from refute.basics.files import write_json
from refute.basics.json_numbers import Count
from refute.basics.plain_files import plain_bytes
from refute.evidence.seeds import PROTOCOL
from refute.evidence.sequential import FALSE_ALARM_LEVEL
from refute.statement.claim import Claim
from refute.statement.comparison import ComparisonRecord
from refute.statement.instance import Instance
from refute.statement.json_codec import head, plain, read, shortened
from refute.statement.kinds import Compute

SCHEMA = "refute-witness/1"


class Dtype(StrEnum):
    """The precisions that a witness can be replayed in (`refute.statement.kinds.DTYPES`)."""

    FLOAT64 = "float64"
    FLOAT32 = "float32"


class WitnessFile(Struct, frozen=True, kw_only=True):
    """What a witness file holds. findings: at the time it was found; a replay measures anew."""

    schema: Literal["refute-witness/1"] = "refute-witness/1"
    protocol: int
    claim: str
    sibling: str | None
    seed: Count
    device: str
    dtype: Dtype
    level: Annotated[float, Meta(gt=0, lt=1)] = FALSE_ALARM_LEVEL
    instance: Instance
    findings: tuple[ComparisonRecord, ...] = ()


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
    record = WitnessFile(
        protocol=PROTOCOL,
        claim=witness.claim,
        sibling=witness.sibling,
        seed=witness.seed,
        device=witness.compute.device,
        dtype=Dtype(witness.compute.dtype),
        level=witness.level,
        instance=witness.instance,
        findings=tuple(comparison.record() for comparison in judgement.comparisons),
    )
    return write_json(witness_path(folder, witness.label), plain(record))


def load_witness(path: Path) -> Witness:
    """Read a witness file. Raises WitnessError that names the file and what is wrong with it."""
    try:
        text = plain_bytes(path)
        found = head(text)
    except OSError as error:
        raise WitnessError(f"{path}: {error.strerror or error}") from None
    except ValueError as error:
        raise WitnessError(f"{path} is not a JSON file: {error}") from None
    if found.schema != SCHEMA:
        raise WitnessError(f"{path} is not a witness file (no schema {SCHEMA!r})")
    if found.protocol != PROTOCOL:
        protocol = shortened(found.protocol)
        raise WitnessError(f"{path} was made with trial protocol {protocol}, this is protocol {PROTOCOL}")
    try:
        record = read(text, WitnessFile)
    except ValueError as error:
        raise WitnessError(f"{path} is damaged: {error}") from None
    return Witness(
        claim=record.claim,
        sibling=record.sibling,
        seed=record.seed,
        compute=Compute(record.device, record.dtype.value),
        instance=record.instance,
        level=record.level,
    )


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
