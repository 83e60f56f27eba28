"""What the help of each command ends with: lines to copy, each with what it does."""

from __future__ import annotations

from collections.abc import Mapping

EXAMPLES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "new": (
        ("refute new my-paper", "two claims, their tests, a workflow"),
        ('refute new claim D3 --kind "upper bound"', "a claim in the paper here"),
    ),
    "list": (
        ("refute list", "the table of contents"),
        ("refute list --json", "the same for programs"),
    ),
    "graph": (
        ("refute graph", "all claims, with current verdicts"),
        ("refute graph C1", "C1 and all that it builds on"),
        ("refute graph --format dot | dot -Tsvg -o graph.svg", "drawn by Graphviz"),
    ),
    "slack": (
        ("refute slack audit-report/audit.json", "the tightest bounds of an audit"),
        ("refute slack .refute/ledger.sqlite", "of the newest one in a ledger"),
    ),
    "explain": (
        ("refute explain C3", "with its evidence in the ledger"),
        ("refute explain C3 --audit audit.json", "with that of a stored audit"),
    ),
    "run": (
        ("refute run", "all claims, within minutes"),
        ("refute run C1 T2", "two of them"),
        ("refute run sums --profile ci", "a chapter, looked at harder"),
        ("refute run --report out --json audit.json", "a page, and what it is made of"),
        ("refute run --profile deep --resume", "go on where Ctrl-C ended it"),
    ),
    "siblings": (
        ("refute siblings", "all false siblings"),
        ("refute siblings K5 --json siblings.json", "those of one claim"),
    ),
    "replay": ((r"refute replay .refute/witnesses/T2~two-d.json", "does it still refute?"),),
    "data": (
        ("refute data my.csv", "a few rows of a file"),
        ("refute data my.csv --rows 0,3,7 --report out", "these rows, and a page"),
        ("refute data genes.npy --samples columns", "where a sample is a column"),
        ("refute data --dataset digits", "a data set that the paper offers"),
    ),
    "certify": (
        ("refute certify step-*.npz", "from which checkpoint on the run is proved"),
        (
            "refute certify end.safetensors --set step=0.5",
            "with a value that the file lacks",
        ),
    ),
    "report": (
        ("refute report audit-report", "the page again from its audit.json"),
        ("refute report .refute/ledger.sqlite out", "of the newest audit in a ledger"),
    ),
    "open": (
        ("refute open", "the newest report in this folder"),
        ("refute open audit-report", "this one"),
    ),
    "ledger": (
        ("refute ledger", "what is known here"),
        ("refute ledger --merge theirs.sqlite", "add what another machine found"),
    ),
    "widths": (
        ("refute widths --grid tiny", "the smallest survey, and which grids there are"),
        ("refute widths --report out", "the default one, with a page"),
    ),
    "completion": (
        ('eval "$(refute completion bash)"', "in ~/.bashrc"),
        ('eval "$(refute completion zsh)"', "in ~/.zshrc, after compinit"),
        ("refute completion fish | source", "in ~/.config/fish/config.fish"),
    ),
}
"""By the name of the command."""


def epilog(command: str) -> str:
    """The examples as lines of at most 79 columns: a command, and below it, indented, what it does."""
    lines = [f"  {line}\n      {said}" for line, said in EXAMPLES[command]]
    return "examples:\n" + "\n".join(lines)
