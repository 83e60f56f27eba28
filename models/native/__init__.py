"""What is compiled: the training loop, the same steps as `models.torch_loop` in one pass over the weights a
step, and the sums over neurons that make tangent kernels.

`descent.cpp` and `gram.cpp` have the derivations. Each may be deleted by itself, but the second is built only
beside the first. Without a C++ compiler everything runs on torch and numpy.
"""
