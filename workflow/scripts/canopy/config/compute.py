"""What the jobs may use."""

from canopy.config.base import Count, Section


class Compute(Section):
    """What a job may use; part of the configuration because TensorFlow's results depend on it."""

    threads: Count = 1
    """TensorFlow's threads per job."""
    deterministic: bool = True
    """Same bytes at every run; false lets TensorFlow pick faster kernels whose sums vary in their last digits."""
