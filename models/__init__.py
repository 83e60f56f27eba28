"""What is trained: ReLU autoencoders, their initial laws, gradient descent, tangent kernels and limits.

Torch in, torch out. This room knows nothing of claims, and of the instrument only its rounding bounds.

Conventions shared by every module:

- Storage is neuron-major. A batch of B independent networks of width m on inputs of dimension d is held as
  `W: (B, m, d)` and `A: (B, m, d)`, where `W[b, r]` is the encoder vector w_r and `A[b, r]` the decoder
  vector a_r of network b. (In the paper W and A are d x m matrices with these vectors as columns.) - Data are
  `X: (d, n)`, one sample a column. The scaling is s = sqrt(m d). - No function moves or casts its inputs;
  results live on the device and in the dtype of the inputs. Arguments whose shapes, dtypes or devices
  disagree raise ValueError. - Randomness enters only through `numpy.random.Generator`s handed to
  `models.networks.initialization`.
"""
