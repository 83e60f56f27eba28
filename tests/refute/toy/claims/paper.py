"""The front matter of the toy paper."""

from refute.paper import Paper


def resolve_device(name: str) -> str:
    """The toy paper computes on the CPU."""
    if name == "cuda":
        raise ValueError("the toy paper has nothing to compute on a GPU")
    return "cpu"


PAPER = Paper(
    title="Toy numbers",
    source="Nobody, nowhere",
    findings={"F1": "Squares are easy.", "F2": "Chance is easy."},
    chapters=("numbers",),
    resolve_device=resolve_device,
)
