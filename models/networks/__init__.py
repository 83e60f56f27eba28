"""The networks: two-layer ReLU autoencoders, the laws they start from, and which layers are trained."""
