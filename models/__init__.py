"""What is trained, and what is proved of it: ReLU autoencoders, their descent, kernels and certificate.

Torch in, torch out. This room knows nothing of claims, and of the instrument only its rounding bounds.
Its folders, from the ground up; each imports from those above it only:

- `networks`: the autoencoders, the laws that they start from, which layers are trained, argument checks.
- `native`: what is compiled (C++), with its build and its calls from Python; it imports none of the others.
- `kernels`: tangent kernels of finite and of infinite width. Imports `networks`, `native`.
- `training`: gradient descent, and what rounding adds to it. Imports `networks`, `native`.
- `certificate`: the contraction certificate, and runs until it holds. Imports all of the above.

Conventions shared by every module:

- Storage is neuron-major. A batch of B independent networks of width m on inputs of dimension d is held as
  `W: (B, m, d)` and `A: (B, m, d)`, where `W[b, r]` is the encoder vector w_r and `A[b, r]` the decoder
  vector a_r of network b. (In the paper W and A are d x m matrices with these vectors as columns.)
- Data are `X: (d, n)`, one sample a column. The scaling is s = sqrt(m d).
- No function moves or casts its inputs; results live on the device and in the dtype of the inputs, unless a
  docstring says otherwise. Arguments whose shapes, dtypes or devices disagree raise ValueError.
- Randomness enters only through `numpy.random.Generator`s handed to `models.networks.initialization` and
  `models.kernels.matrix_free`.
"""
