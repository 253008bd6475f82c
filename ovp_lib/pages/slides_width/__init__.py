"""The slide on ResNets of different sizes: test error against width."""
