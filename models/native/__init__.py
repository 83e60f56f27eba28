"""What is compiled: the training loop and the sums over neurons, in C++, with its build.

The loop takes the steps of `models.training.torch_loop`, in one pass over the weights a step; the sums make
tangent kernels and certificates.

Each C++ file begins with its derivation. `descent.cpp` is the loop; `kernels.cpp`, `certificate.cpp` and
`product.cpp` are the sums, the first two by the method of `patterns.hpp`. Each of these four may be deleted
by itself, but the others are built only beside the loop. Without a C++ compiler everything runs on torch and
numpy.
"""
