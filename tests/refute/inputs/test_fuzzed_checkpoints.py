"""Checkpoints of every sort through the command line: an answer, or one line that says what is wrong."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.refute.fuzzing import INJECTIONS, damaged, run, share, toy_paper
from tests.refute.inputs.test_fuzzed_data import arrays

NAMES = ("steepness", "points", "step", "kind")
FORMS: dict[str, list[Any]] = {
    "steepness": [np.array([[1.0, 3.0]]), np.array([[5.0, 0.0]]), np.ones((1, 3)), np.ones((2, 2))],
    "points": [np.arange(6.0).reshape(3, 2), np.ones((2, 3)), np.array([[np.nan, 1.0]]), np.zeros((0, 2))],
    "step": [0.5, np.float32(0.1), -1.0, 13, np.inf, [1.0, 2.0], "0.5", "fast", b"1", 1j, None],
    "kind": ["round", "square", "", 5, b"round", INJECTIONS[4], "x" * 5000],
}
WORDS = st.sampled_from(["round", "1.5", "0", "nan", "1e999", "", *INJECTIONS])
SETS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from([*NAMES, "pace", ""]), WORDS).map("=".join), st.sampled_from(["step", "="])
    ),
    max_size=2,
)
KINDS = ["F64", "F32", "F16", "BF16", "I64", "U8", "BOOL", "F8_E4M3", "C64", "X", ""]


@pytest.fixture(scope="module", autouse=True)
def slides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The toy paper, which certifies checkpoints."""
    with toy_paper(tmp_path_factory.mktemp("checkpoints") / "paper") as root:
        yield root


@st.composite
def archives(draw: st.DrawFn) -> bytes:
    """A .npz file of what is declared, mostly, in one form or another, or of arrays that lie."""
    file = io.BytesIO()
    with zipfile.ZipFile(
        file, "w", draw(st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))
    ) as zipped:
        for name in draw(st.permutations(NAMES)):
            if draw(st.integers(0, 9)) == 0:
                continue
            value = draw(st.sampled_from(FORMS[name])) if draw(st.booleans()) else FORMS[name][0]
            content = io.BytesIO()
            np.save(content, np.asarray(value), allow_pickle=True)
            lies = draw(st.integers(0, 9)) == 0
            zipped.writestr(f"{name}.npy", draw(arrays()) if lies else content.getvalue())
        zipped.writestr(draw(st.sampled_from(["rest.npy", "rest", *INJECTIONS])), b"no array")
    return draw(damaged(file.getvalue())) if draw(st.booleans()) else file.getvalue()


@st.composite
def tensors(draw: st.DrawFn) -> bytes:
    """A .safetensors file: a header that is right, mostly, and numbers that may be too few or too many."""
    header: dict[str, Any] = {}
    at = 0
    for name, shape in (("steepness", [1, 2]), ("points", [3, 2]), ("step", [])):
        if draw(st.integers(0, 9)) == 0:
            continue
        size = 8 * int(np.prod(shape))
        form = {"dtype": "F64", "shape": shape, "data_offsets": [at, at + size]}
        if draw(st.integers(0, 4)) == 0:
            changed = draw(st.sampled_from(["dtype", "shape", "data_offsets"]))
            numbers = st.lists(st.one_of(st.integers(-2, 9), st.just(2**62), st.just(2**80)), max_size=3)
            form[changed] = draw(st.sampled_from(KINDS)) if changed == "dtype" else draw(numbers)
        header[name] = form
        at += size
    if draw(st.booleans()):
        header["__metadata__"] = {"kind": draw(st.sampled_from(["round", "square", *INJECTIONS]))}
    text = json.dumps(header).encode()
    size = draw(st.one_of(st.just(len(text)), st.just(len(text)), st.integers(0, 2**64 - 1)))
    data = np.full(
        max(0, at // 8 + draw(st.sampled_from([0, 0, 0, -1, 1]))), draw(st.sampled_from([0.5, 5.0]))
    )
    content = size.to_bytes(8, "little") + text + data.tobytes()
    return draw(damaged(content)) if draw(st.booleans()) else content


def certify(suffix: str, content: bytes, sets: list[str], samples: str) -> None:
    """Certify a file: 0 with an answer, or 2 with one line and no output."""
    file, json_file = Path(f"state{suffix}"), Path("found.json")
    json_file.unlink(missing_ok=True)
    file.write_bytes(content)
    given = [f"--set={pair}" for pair in sets]
    ran = run("certify", str(file), *given, "--samples", samples, "--json", str(json_file))
    assert ran.code in (0, 2), ran
    if ran.code == 0:
        assert ran.new == {json_file}
        (state,) = json.loads(json_file.read_text(encoding="utf-8"))["states"]
        assert state["conclusion"] in ran.out and np.isfinite(state["largest"])
        assert (state["proof"] == "proved") == (state["by"] == "N1")


@share(2)
@given(archives(), SETS, st.sampled_from(["rows", "columns"]))
def test_archives_are_certified_or_refused(content: bytes, sets: list[str], samples: str) -> None:
    certify(".npz", content, sets, samples)


@share(2)
@given(st.one_of(tensors(), st.binary(max_size=64)), SETS, st.sampled_from(["rows", "columns"]))
def test_tensors_are_certified_or_refused(content: bytes, sets: list[str], samples: str) -> None:
    pytest.importorskip("safetensors")
    certify(".safetensors", content, sets, samples)
