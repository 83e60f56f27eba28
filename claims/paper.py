"""The front matter: what is audited, what it claims to have found, and the order in which it is read."""

from __future__ import annotations

from functools import partial

import torch

from claims.appendix.certify_report import CERTIFIER
from claims.appendix.data_report import examine
from claims.appendix.directions import zero_rows
from claims.appendix.headlines import HEADLINES
from claims.appendix.plots import plots
from claims.appendix.width_table import SWEEP
from claims.contents import CONTENTS, FINDINGS
from models.native.build import native
from refute import DATASETS, Paper, load_dataset


def resolve_device(name: str) -> str:
    """The device for "auto", "cpu" or "cuda": "auto" is "cuda" where torch finds a device, else "cpu".

    Raises ValueError if "cuda" is asked for and there is none.
    """
    available = torch.cuda.is_available()
    if name == "cuda" and not available:
        raise ValueError("torch finds no CUDA device on this machine")
    return ("cuda" if available else "cpu") if name == "auto" else name


PAPER = Paper(
    title="Benefits of Jointly Training Autoencoders: An Improved Neural Tangent Kernel Analysis",
    source=(
        "T. V. Nguyen, R. K. W. Wong, C. Hegde, arXiv:1911.11983; IEEE Transactions on Information Theory "
        "67(7), 2021. The findings F1 to F4 are the paper's, in words, as its abstracts say them; F4 is in "
        "the second arXiv version and in the journal only. The full text was not read: the statements with "
        "their constants are re-derived here."
    ),
    findings=FINDINGS,
    headlines=HEADLINES,
    contents=CONTENTS,
    resolve_device=resolve_device,
    set_threads=torch.set_num_threads,
    examine=examine,
    refuses={"every value is zero, so the point has no direction": zero_rows},
    least_rows=2,
    default_rows=4,
    datasets={name: partial(load_dataset, name) for name in DATASETS},
    plots=plots,
    sweep=SWEEP,
    certifier=CERTIFIER,
    describe=lambda: {"training loop": native().message},
)
