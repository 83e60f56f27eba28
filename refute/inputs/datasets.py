"""Data sets that come with an installed library."""

from __future__ import annotations

from refute.basics.errors import InputError
from refute.inputs.grid import Grid

DATASETS = ("digits", "iris", "wine", "breast_cancer", "diabetes", "linnerud")
"""The data sets that come with scikit-learn, by the names of their loaders there."""


def read_dataset(name: str) -> Grid:
    """A data set of scikit-learn that comes with it, one sample a row; nothing is downloaded.

    Raises InputError for any other name, and if scikit-learn is not installed.
    """
    if name not in DATASETS:
        raise InputError(f"there is no data set {name!r}; there are: {', '.join(DATASETS)}")
    try:
        import sklearn.datasets
    except ImportError as error:
        raise InputError(f"{name} comes with scikit-learn: pip install scikit-learn") from error
    values, _ = getattr(sklearn.datasets, f"load_{name}")(return_X_y=True)
    return Grid(values, name)
