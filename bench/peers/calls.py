"""Small operations called from Python on PyTorch, beside bench/calls.ts: into memory that is there, no gradients."""

import torch
from timing import best, serve

torch.set_num_threads(1)
x, a, b, y = (torch.rand(16) for _ in range(4))
m, n, c = (torch.rand(4, 4) for _ in range(3))

OPERATIONS = {
    "scale": lambda: torch.mul(x, 0.5, out=y),
    "add": lambda: torch.add(a, b, out=y),
    "product": lambda: torch.mm(m, n, out=c),
}


def answer(request):
    with torch.inference_mode():
        return {"seconds": best(OPERATIONS[request["operation"]], request["seconds"], burst=200)}


serve(f"torch {torch.__version__}", answer)
