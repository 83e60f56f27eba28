"""The front matter of the toy paper."""

from claims.coins import SWEEP  # type: ignore[import-not-found]  # mypy takes claims for the paper's own
from claims.slides import CERTIFIER  # type: ignore[import-not-found]
from refute.statement.paper import Entry, Paper


def resolve_device(name: str) -> str:
    """The toy paper computes on the CPU."""
    if name == "cuda":
        raise ValueError("the toy paper has nothing to compute on a GPU")
    return "cpu"


PAPER = Paper(
    title="Toy numbers",
    source="Nobody, nowhere",
    findings={"F1": "Squares are easy.", "F2": "Chance is easy."},
    contents={
        "numbers": (
            Entry("N1", "The square of a sum"),
            Entry("N2", "The largest of k"),
            Entry("N3", "The binomial formula"),
        ),
    },
    sweep=SWEEP,
    certifier=CERTIFIER,
    resolve_device=resolve_device,
)
