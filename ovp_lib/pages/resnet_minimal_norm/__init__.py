"""The norm figure of the ResNet paper."""
