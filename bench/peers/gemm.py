"""Matrix products by PyTorch, beside bench/gemm.ts; asked for one shape at a time."""

import functools
import os

import torch
from timing import best, serve

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))


@functools.cache
def product(form, M, N, K):
    """c = a b with a or b given transposed, into memory that is there already."""
    a = torch.rand(K, M).T if form == "TN" else torch.rand(M, K)
    b = torch.rand(N, K).T if form == "NT" else torch.rand(K, N)
    c = torch.empty(M, N)
    return lambda: torch.matmul(a, b, out=c)


def answer(request):
    with torch.inference_mode():
        return {"seconds": best(product(*(request[key] for key in ("form", "M", "N", "K"))), request["seconds"])}


serve(f"torch {torch.__version__}", answer)
