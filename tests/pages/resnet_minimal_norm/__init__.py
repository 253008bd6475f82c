"""The page resnet_minimal_norm."""
