"""Writes test/golden/minimal.json: minGRU and minLSTM as the paper writes them down, step by step, in PyTorch.

Feng et al. 2024, arXiv:2410.01201: listings of appendix B, the sequential mode, with g of the log-space versions. The
parallel mode of the same listings, a scan in log space, must give the same states.

    python3 bench/peers/make_golden_minimal.py
"""

import json
from pathlib import Path

import torch
from torch.nn import functional as F

SEED = 4
torch.set_default_dtype(torch.float64)


def g(x):
    return torch.where(x >= 0, x + 0.5, torch.sigmoid(x))


def log_g(x):
    return torch.where(x >= 0, (F.relu(x) + 0.5).log(), -F.softplus(-x))


def parallel_scan_log(log_coeffs, log_values):
    """log_coeffs [T ...], log_values [1+T ...]: h of every step."""
    a_star = F.pad(torch.cumsum(log_coeffs, dim=0), (0, 0, 0, 0, 1, 0))
    return (a_star + torch.logcumsumexp(log_values - a_star, dim=0)).exp()[1:]


def min_gru(x, h, weight, bias):
    k_z, k_h = (x @ weight.T + bias).chunk(2, dim=-1)
    z = torch.sigmoid(k_z)
    return (1 - z) * h + z * g(k_h)


def min_gru_parallel(x, h0, weight, bias):
    k_z, k_h = (x @ weight.T + bias).chunk(2, dim=-1)
    return parallel_scan_log(-F.softplus(k_z), torch.cat([h0.log()[None], -F.softplus(-k_z) + log_g(k_h)]))


def min_lstm(x, h, weight, bias):
    k_f, k_i, k_h = (x @ weight.T + bias).chunk(3, dim=-1)
    f, i = torch.sigmoid(k_f), torch.sigmoid(k_i)
    return f / (f + i) * h + i / (f + i) * g(k_h)


def min_lstm_parallel(x, h0, weight, bias):
    k_f, k_i, k_h = (x @ weight.T + bias).chunk(3, dim=-1)
    diff = F.softplus(-k_f) - F.softplus(-k_i)
    return parallel_scan_log(-F.softplus(diff), torch.cat([h0.log()[None], -F.softplus(-diff) + log_g(k_h)]))


def array(tensor):
    return {"shape": list(tensor.shape), "data": tensor.detach().flatten().tolist()}


def case(cell, G, step, parallel, reverse, lengths):
    T, B, I, H = 6, len(lengths), 3, 4  # noqa: E741
    given = {
        "x": torch.randn(T, B, I), "h0": torch.rand(B, H) + 0.1,
        "wIh": torch.randn(G * H, I), "bias": torch.randn(G * H),
    }
    for tensor in given.values():
        tensor.requires_grad_()
    x, h0, weight, bias = given.values()
    assert torch.allclose(
        parallel(x, h0, weight, bias), run(step, x, h0, weight, bias, [T] * B, False)[0], rtol=1e-12, atol=1e-12)
    y, hT = run(step, x, h0, weight, bias, lengths, reverse)
    dy, dhT = torch.randn_like(y), torch.randn_like(hT)
    ((y * dy).sum() + (hT * dhT).sum()).backward()
    return {
        "cell": cell, "reverse": reverse, "lengths": lengths, "I": I, "H": H,
        "given": {name: array(tensor) for name, tensor in given.items()},
        "results": {"y": array(y), "hT": array(hT)}, "dResults": {"y": array(dy), "hT": array(dhT)},
        "gradients": {name: array(tensor.grad) for name, tensor in given.items()},
    }


def run(step, x, h0, weight, bias, lengths, reverse):
    """Each sequence by itself, y being 0 beyond its length."""
    ys, hs = [], []
    for b, length in enumerate(lengths):
        h, rows = h0[b], [torch.zeros_like(h0[b])] * x.shape[0]
        for t in reversed(range(length)) if reverse else range(length):
            h = rows[t] = step(x[t, b], h, weight, bias)
        ys.append(torch.stack(rows))
        hs.append(h)
    return torch.stack(ys, dim=1), torch.stack(hs)


torch.manual_seed(SEED)
golden = {
    "origin": {"tool": "PyTorch", "version": torch.__version__, "seed": SEED, "precision": "float64",
               "script": "bench/peers/make_golden_minimal.py"},
    "cases": [
        case(*cell, reverse, lengths)
        for cell in (("minGru", 2, min_gru, min_gru_parallel), ("minLstm", 3, min_lstm, min_lstm_parallel))
        for reverse, lengths in ((False, [6, 6]), (False, [4, 6, 1]), (True, [6, 2, 5]))
    ],
}
path = Path(__file__).resolve().parents[2] / "test/golden/minimal.json"
path.write_text(json.dumps(golden, separators=(",", ":")).replace('{"cell"', '\n{"cell"') + "\n")
print(f"{path.name}: {len(golden['cases'])} cases, {path.stat().st_size} bytes")
