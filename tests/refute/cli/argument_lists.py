"""Lists of arguments of any kind: names, values and files that make sense together or do not."""

from __future__ import annotations

from hypothesis import strategies as st

from refute.cli.options import _COMMANDS

ESCAPE = "\x1b]0;owned\x07\x1b[2J"
COMMANDS = [name for name, *_ in _COMMANDS]
OPTIONS = [
    "--json",
    "--report",
    "--ledger",
    "--profile",
    "--device",
    "--dtype",
    "--seed",
    "--agreement",
    "--traceback",
    "--format",
    "--audit",
    "--merge",
    "--grid",
    "--regime",
    "--processes",
    "--store",
    "--resume",
    "--fresh",
    "--dataset",
    "--rows",
    "--samples",
    "--set",
    "--help",
    "--version",
    "-h",
    "--j",
    "--s",
    "--",
    "-",
]
FILES = [
    "w/audit.json",
    "w/witness.json",
    "w/ledger.sqlite",
    "w/empty",
    "w/text.csv",
    "w/state.npz",
    "w/cut.sqlite",
    "w/folder",
    "w/new",
    "w/new/deep/er",
    "w/link",
    "w/loop",
    "w",
    "w/audit.json/below",
    "/dev/null",
    "/proc/refute",
    "/dev/stdout",
]
VALUES = [
    "N1",
    "N3",
    "n3",
    "binomial",
    "N2~half",
    "quick",
    "cpu",
    "cuda",
    "auto",
    "float64",
    "float32",
    "0",
    "1",
    "-1",
    "7",
    "1.5",
    "9e99",
    "nan",
    "none",
    "text",
    "dot",
    "json",
    "small",
    "large",
    "bold",
    "digits",
    "step=1",
    "kind=round",
    "1:2",
    "0,0",
    "７",
]
NASTY = [
    "",
    " ",
    ESCAPE,
    "a\nb",
    "\udcff",
    "x" * 300,
    "9" * 5000,
    "\u202eN1",
    "w/\udcff",
    f"w/{ESCAPE}",
    "[b]",
]
# No argument of a process holds a NUL. Processes and clusters have tests of their own.
TEXT = st.text(st.characters(exclude_characters="\0"), max_size=12).filter(lambda word: "--" not in word)
WORDS = st.one_of(
    st.sampled_from(OPTIONS), st.sampled_from(FILES), st.sampled_from(VALUES), st.sampled_from(NASTY), TEXT
)
ANYHOW = st.tuples(
    st.one_of(st.sampled_from(COMMANDS), WORDS).map(lambda word: [word]), st.lists(WORDS, max_size=7)
).map(lambda both: both[0] + both[1])
COMMON = {
    "--profile": ["quick", "ci"],
    "--device": ["cpu", "auto"],
    "--seed": ["0", "5", "9" * 40],
    "--json": FILES,
}
RUN = {**COMMON, "--dtype": ["float64", "float32"], "--report": FILES, "--ledger": [*FILES, "none"]}
WIDTHS = {"--grid": ["small"], "--regime": ["bold"], "--store": FILES, "--json": FILES, "--report": FILES}
SENSIBLE: dict[str, tuple[list[str], dict[str, list[str]]]] = {
    "list": ([], {}),
    "graph": (["N1", "n3"], {"--format": ["text", "dot", "json"], "--audit": FILES, "--ledger": FILES}),
    "slack": (FILES, {}),
    "run": (["N1", "N3", "binomial"], RUN),
    "siblings": (["N1", "n3"], COMMON),
    "replay": (FILES, {}),
    "certify": (FILES, {"--set": ["step=1", "kind=round", "pace=1"], "--json": FILES}),
    "report": (FILES, {}),
    "ledger": (FILES, {"--merge": FILES}),
    "widths": ([], {**WIDTHS, "--dtype": ["float64", "float32"], "--processes": ["1"]}),
}
"""What makes sense to each command: its arguments, and its options with values."""


@st.composite
def sensible(draw: st.DrawFn) -> list[str]:
    """A command with arguments of the right kind, in a world where some of them cannot work."""
    name = draw(st.sampled_from(list(SENSIBLE)))
    words, options = SENSIBLE[name]
    arguments = draw(st.lists(st.sampled_from(words), max_size=2)) if words else []
    for option in draw(st.lists(st.sampled_from(list(options)), max_size=3, unique=True)) if options else []:
        arguments += [option, draw(st.sampled_from(options[option]))]
    return [name, *arguments, *draw(st.lists(st.sampled_from(["--traceback", "--json"]), max_size=1))]


LISTS = st.one_of(ANYHOW, sensible())
