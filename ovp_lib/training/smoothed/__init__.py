"""Algorithms 2 and 3: noisy SGD on the smoothed, regularised objectives of three-layer networks.

A modern reading of the two algorithms has seven ingredients, each of which can be switched off for
each member of an ensemble: the smoothing matrices, the random signs, the regulariser, the decay of
the network's scale, the noise of SGD, the step size that follows the scale, and the choice of the
output among noise matrices.
"""
