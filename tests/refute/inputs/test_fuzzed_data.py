"""Data files of every sort through the command line: a report, or one line that says what is wrong."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.refute.cli.test_data_command import EXAMINE, RESOLVED
from tests.refute.fuzzing import INJECTIONS, damaged, run, share, toy_paper
from tests.refute.toy_files import change

CELLS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers(-3, 3).map(str),
    st.sampled_from(
        ["", "0", "1", "2", "NA", "nan", "-inf", "1e999", "1,5", "1.0D0", "0x1", "1_0", "١", "-0"]
    ),
    st.sampled_from(["a", "id", "Unnamed: 0", "é", '"', '""', "'", "=1+1", "\0", "1 2", *INJECTIONS]),
    st.text(max_size=6),
)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False).map(repr)
SHAPES = st.one_of(
    st.tuples(st.integers(-2, 9), st.integers(-2, 9)).map(str),
    st.sampled_from(
        ["()", "(2,)", "(2,2,2)", "(2, 10**9)", "(10000000000, 2)", "(True, 2)", "[2, 2]", "(2.0, 2)"]
    ),
    st.sampled_from(["(999999999999999999999999, 1)", "(0, 5)", "(5, 0)", "('2', 2)", "(" * 40, "None"]),
)
REAL = ["<f8", ">f8", "<f4", "<f2", "<f16", "|b1", "<i8", "<u8", ">i4"]
TYPES = st.sampled_from([*REAL, "|O", "|S3", "<U2", "<c16", "<M8[s]", "|V8", "?", ""])
NAMES = st.one_of(st.sampled_from(["X.npy", "X", "", "../X.npy", "/X.npy", *INJECTIONS]), st.text(max_size=5))
ROWS = st.sampled_from(["2", "0:2", "1,0", "1:", "", "-1", "9" * 30, "0,0", *INJECTIONS])
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "--header": st.sampled_from(["yes", "no"]),
        "--index-column": st.sampled_from(["yes", "no", "1", "2", "0", "99", "a", "é", *INJECTIONS]),
        "--delimiter": st.sampled_from(["comma", "semicolon", "tab", "space", "|", "5", "", "\x1b"]),
        "--samples": st.sampled_from(["rows", "columns"]),
        "--rows": ROWS,
    },
)


@pytest.fixture(scope="module", autouse=True)
def numbers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A toy paper that has something to say of data."""
    with toy_paper(tmp_path_factory.mktemp("fuzzed") / "paper") as root:
        reports = "from refute.statement.paper import "
        change(root, "claims/paper.py", reports, f"{reports}DataFact, DataReport, ")
        change(root, "claims/paper.py", "\n\nPAPER = Paper(", EXAMINE)
        change(root, "claims/paper.py", "    resolve_device=resolve_device,\n", RESOLVED)
        yield root


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    """Text that is almost a table: rows of nearly one length, numbers mostly, and any first line."""
    sign = draw(st.sampled_from([",", ";", "\t", " ", "|"]))
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    width = draw(st.integers(0, 4))
    plain = draw(st.booleans())
    row = st.lists(NUMBERS if plain else CELLS, min_size=width, max_size=width)
    rows = draw(st.lists(row, max_size=6))
    if draw(st.booleans()):
        rows = [[str(at), *cells] for at, cells in enumerate(rows)]
    head = draw(
        st.one_of(st.lists(CELLS, min_size=width, max_size=width + 1), st.just([*map(str, range(width))]))
    )
    text = end.join(map(sign.join, [head, *rows])) + draw(st.sampled_from(["", end, end * 3]))
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"]))
    return text.encode(encoding, "replace")


@st.composite
def arrays(draw: st.DrawFn) -> bytes:
    """A .npy file that is whole, damaged, or lies about itself."""
    if draw(st.booleans()):
        file = io.BytesIO()
        dtype = draw(st.sampled_from(["<f8", ">i4", "|b1", "<i8"]))
        values = np.array([[1, 0], [0, 1], [1, 1]]).astype(dtype)
        np.save(file, np.asarray(values, order=draw(st.sampled_from(["C", "F"]))))
        return draw(damaged(file.getvalue()))
    descr = draw(st.one_of(TYPES.map(repr), st.sampled_from(["[('a', '<f8')]", "('<f8', (2,))", "5"])))
    order = draw(st.sampled_from(["True", "False", "1", "None"]))
    text = f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {draw(SHAPES)}}}".encode()
    version = draw(st.sampled_from([(1, 2), (2, 4), (3, 4), (9, 2)]))
    size = draw(st.one_of(st.just(len(text)), st.integers(0, 2 ** (8 * version[1]) - 1)))
    head = b"\x93NUMPY" + bytes([version[0], 0]) + size.to_bytes(version[1], "little")
    return head + text + draw(st.one_of(st.just(bytes(range(1, 97))), st.binary(max_size=100)))


@st.composite
def archives(draw: st.DrawFn) -> bytes:
    """A .npz file of such arrays."""
    file = io.BytesIO()
    method = draw(
        st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    )
    with zipfile.ZipFile(file, "w", method) as archive:
        for name in draw(st.lists(NAMES, min_size=0 if draw(st.booleans()) else 1, max_size=2, unique=True)):
            archive.writestr(zipfile.ZipInfo(name), draw(arrays()), compress_type=method)
    return draw(damaged(file.getvalue()))


def read(suffix: str, content: bytes, options: dict[str, str]) -> None:
    """Read a file with `refute data`: 0 with a report of numbers, or 2 with one line and no output."""
    file, json_file = Path(f"data{suffix}"), Path("found.json")
    json_file.unlink(missing_ok=True)
    file.write_bytes(content)
    ran = run(
        "data", str(file), *(f"{name}={value}" for name, value in options.items()), "--json", str(json_file)
    )
    assert ran.code in (0, 2), ran
    if ran.code == 0:
        assert ran.new == {json_file}
        found = json.loads(json_file.read_text(encoding="utf-8"))
        assert len(found["rows"]) >= 1 and bool(found["read_as"]) == (suffix not in (".npy", ".npz"))
        assert "That is all." in ran.out


@share(7)
@given(
    st.sampled_from([".csv", ".tsv"]), st.one_of(tables(), tables().flatmap(damaged), st.binary()), OPTIONS
)
def test_text_is_read_or_refused(suffix: str, content: bytes, options: dict[str, str]) -> None:
    read(suffix, content, options)


@share(2)
@given(arrays(), OPTIONS)
def test_arrays_are_read_or_refused(content: bytes, options: dict[str, str]) -> None:
    read(".npy", content, {name: options[name] for name in options.keys() & {"--samples", "--rows"}})


@share(2)
@given(archives(), OPTIONS)
def test_archives_are_read_or_refused(content: bytes, options: dict[str, str]) -> None:
    read(".npz", content, {name: options[name] for name in options.keys() & {"--samples", "--rows"}})


def parquet_files() -> list[bytes]:
    """Files as pyarrow writes them: numbers, an index of pandas, text, nulls; empty where it is missing."""
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow.parquet import write_table

    found = []
    for columns in (
        {"a": [1.5, 2.0, 3.0], "b": [1, 2, 4]},
        {"a": [True, False, True], "__index_level_0__": [5, 6, 7]},
        {"a": ["x", "y"], "b": [1.0, None]},
        {INJECTIONS[0]: [1.0, 2.0], INJECTIONS[4]: [3.0, 5.0]},
    ):
        for compression in ("snappy", "none"):
            file = io.BytesIO()
            write_table(pyarrow.table(columns), file, compression=compression)
            found.append(file.getvalue())
    return found


@share(1)
@given(st.data(), OPTIONS)
def test_parquet_is_read_or_refused(data: st.DataObject, options: dict[str, str]) -> None:
    whole = data.draw(st.sampled_from(parquet_files()))
    kept = options.keys() & {"--samples", "--rows", "--index-column"}
    read(".parquet", data.draw(damaged(whole)), {name: options[name] for name in kept})
