"""The compiled training loop: the same steps as `models.torch_loop`, in one pass over the weights a step.

`descent.cpp` has the derivation. Without a C++ compiler, or without that file, everything runs on torch.
"""
