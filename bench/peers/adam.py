"""A step of PyTorch's Adam in its fused form, beside bench/adam.ts; asked for one size at a time."""

import functools
import os

import torch
from timing import best, serve

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))


@functools.cache
def optimizer(N):
    weights = torch.full((N,), 0.01, requires_grad=True)
    weights.grad = torch.full((N,), 0.01)
    return torch.optim.Adam([weights], lr=1e-3, fused=True)


def answer(request):
    return {"seconds": best(optimizer(request["N"]).step, request["seconds"])}


serve(f"torch {torch.__version__}", answer)
