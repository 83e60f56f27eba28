"""What a paper wants said first of a finding: a sentence whose numbers are read from the audit."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Source = Literal["plot", "measured"]
_FORMAT = re.compile(r"(\.\d)?[efg%]")


@dataclass(frozen=True)
class Quantity:
    """A number of an audit, by where it stands.

    source: "plot" for one of the named numbers of a plot, "measured" for what the trials of a claim measured.
    of: the id of the plot, or the label of the claim. name: of the number; of what was measured "median",
    "low" or "high".
    """

    source: Source
    of: str
    name: str


@dataclass(frozen=True)
class Headline:
    """A finding in a sentence.

    finding: its label. claims: the labels of the claims that carry it, the chief one first.
    sentence: with a field of Python's format language for every number, as in "falls like m^{slope:.2f}".
    quantities: what stands in each of these fields, by its name. plot: the id of the plot that is shown in
    small beside it, empty for none. Raises ValueError if the fields are not those of the quantities, a number
    has no format such as .2g or .0f, or no claim is named.
    """

    finding: str
    claims: tuple[str, ...]
    sentence: str
    quantities: Mapping[str, Quantity] = field(default_factory=dict)
    plot: str = ""

    def __post_init__(self) -> None:
        fields = set()
        for name, how, conversion in _fields(self.finding, self.sentence):
            if conversion or not _FORMAT.fullmatch(how):
                raise ValueError(
                    f"the headline of {self.finding} writes {{{name}:{how}}}; a number needs a format "
                    "such as .2g, .0f or .1%"
                )
            fields.add(name)
        if fields != set(self.quantities):
            asked = ", ".join(sorted(fields)) or "none"
            given = ", ".join(sorted(self.quantities)) or "none"
            raise ValueError(f"the headline of {self.finding} has the fields {asked} and the numbers {given}")
        if not self.claims:
            raise ValueError(f"the headline of {self.finding} names no claim that carries it")


def _fields(finding: str, sentence: str) -> list[tuple[str, str, str | None]]:
    """Of every field of the sentence its name, format and conversion."""
    try:
        parsed = list(string.Formatter().parse(sentence))
    except ValueError as error:
        raise ValueError(f"the headline of {finding}: {error}: {sentence!r}") from None
    return [(name, how or "", conversion) for _, name, how, conversion in parsed if name is not None]
