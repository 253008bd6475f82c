"""Labelled data that others know: digits, MNIST-1D, and the files of MNIST and CIFAR-10."""

from ovp_lib.front import door

__all__, __getattr__, __dir__ = door(__name__, __file__)
