"""The page resnet_separation."""
