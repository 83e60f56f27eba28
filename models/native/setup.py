"""Compiles the C++ files of the current folder: `python setup.py build_ext --inplace`, run by `build`.

torch's extension builder drives setuptools, and ninja if it is there. -march=native because the result stays
on this machine, -g0 because Python's own flags would add a quarter of the time; no flag that reorders
arithmetic or assumes finite numbers, because the rounding bounds and NaN detection rest on it.
"""

import sys
from glob import glob

from setuptools import Extension, setup
from torch.utils.cpp_extension import BuildExtension

# Where the system's compiler is known to have OpenMP; elsewhere the kernels run on one thread.
THREADS = ["-fopenmp"] if sys.platform.startswith("linux") else []
FLAGS = ["-std=c++20", "-O3", "-g0", "-march=native", *THREADS]

if __name__ == "__main__":
    setup(
        name="descent",
        script_args=["build_ext", "--inplace"],
        ext_modules=[
            Extension(
                "descent",
                sorted(glob("*.cpp")),
                extra_compile_args=FLAGS,
                extra_link_args=THREADS,
                language="c++",
            )
        ],
        cmdclass={"build_ext": BuildExtension.with_options(use_ninja=True, no_python_abi_suffix=True)},
    )
