"""Weight-tied autoencoders: u(x) = (c/m) W relu(W^T x), where random weights already do what training should
do.

The untrained network reconstructs, and on data that come with their negatives the nonlinear network is a
linear one.
"""
