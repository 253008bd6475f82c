"""The lower bounds for kernels of the ResNet paper."""
