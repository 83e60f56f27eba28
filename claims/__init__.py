"""The paper, as claims: one statement a module, one folder a chapter.

Nguyen, Wong, Hegde, Benefits of Jointly Training Autoencoders: An Improved Neural Tangent Kernel Analysis
(arXiv:1911.11983), finds that gradient descent trains over-parameterized autoencoders to zero loss at a
linear rate, that training both layers needs far less width than training the encoder alone, that weight-tied
autoencoders degenerate, and that infinitely wide ones evolve as linear models. The claims state these
findings with explicit constants. The assumptions on the data are in `claims/preliminaries/assumptions.py`.
"""
