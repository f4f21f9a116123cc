"""A training step of torch.nn.AdaptiveLogSoftmaxWithLoss, beside bench/adaptive-softmax.ts.

Asked {"N", "I", "V", "cutoffs", "targets"}: builds it and answers {}. Asked {"seconds": s}: answers {"seconds": what one
step takes}, with the faster of fused and foreach Adam.
"""

import os

import torch
from timing import serve, typical
from torch import nn

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
torch.set_flush_denormal(True)
torch.manual_seed(1)


def make_step(N, I, V, cutoffs, targets, fused):  # noqa: E741
    module = nn.AdaptiveLogSoftmaxWithLoss(I, V, cutoffs)
    adam = torch.optim.Adam(module.parameters(), lr=1e-3, fused=fused, foreach=not fused)
    x = torch.randn(N, I, requires_grad=True)
    wanted = torch.tensor(targets)

    def step():
        adam.zero_grad()
        x.grad = None
        module(x, wanted).loss.backward()
        adam.step()

    return step


step = None


def answer(request):
    global step
    if "seconds" in request:
        return {"seconds": typical(step, request["seconds"])}
    tried = [make_step(**request, fused=fused) for fused in (True, False)]
    step = min(tried, key=lambda one: min(typical(one, 0.2) for _ in range(2)))
    return {}


serve(f"torch {torch.__version__}", answer)
