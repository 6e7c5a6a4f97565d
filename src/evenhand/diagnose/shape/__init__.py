"""The shape of a measure over the seats: humps, inequality, share inside the range."""

from evenhand.diagnose.shape.shape import Shape, describe_shapes

__all__ = ["Shape", "describe_shapes"]
