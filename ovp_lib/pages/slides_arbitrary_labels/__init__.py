"""Random labels: any labels fit."""
