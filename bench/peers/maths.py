"""The two libraries that PyTorch has its products from, of which now one and now the other is faster."""

import torch

MATHS = {"oneDNN": True, "MKL": False}


def each_math(work, name=""):
    """The same work with either library, by the names of the settings."""
    return {f"{math}{name}": with_math(flag, work) for math, flag in MATHS.items()}


def with_math(flag, work):
    def run():
        torch.backends.mkldnn.set_flags(_enabled=flag)
        return work()

    return run
