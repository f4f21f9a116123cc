"""Golden values for the optimizer updates, made by PyTorch in float64.

    python3 bench/peers/make_golden_optimizers.py

Writes test/golden/optimizers.json: for each case the first weights, a gradient for each of five steps, the weights
after each step, and what the optimizer remembers at the end.
"""

import json
from pathlib import Path

import torch

SEED = 1
STEPS = 5
SIZE = 4

CASES = [
    ("sgd", torch.optim.SGD, {"lr": 0.1}),
    ("sgd", torch.optim.SGD, {"lr": 0.1, "weight_decay": 0.05}),
    ("sgd", torch.optim.SGD, {"lr": 0.1, "momentum": 0.9}),
    ("sgd", torch.optim.SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.05}),
    ("adagrad", torch.optim.Adagrad, {"lr": 0.1, "eps": 1e-10}),
    ("adagrad", torch.optim.Adagrad, {"lr": 0.1, "eps": 0.01, "weight_decay": 0.05}),
    ("rmsprop", torch.optim.RMSprop, {"lr": 0.01, "alpha": 0.9, "eps": 1e-8}),
    ("rmsprop", torch.optim.RMSprop, {"lr": 0.01, "alpha": 0.9, "eps": 0.01, "momentum": 0.8, "weight_decay": 0.05}),
    ("adam", torch.optim.Adam, {"lr": 0.01, "betas": (0.9, 0.999), "eps": 1e-8}),
    ("adam", torch.optim.Adam, {"lr": 0.01, "betas": (0.8, 0.95), "eps": 0.01, "weight_decay": 0.05}),
    ("adamw", torch.optim.AdamW, {"lr": 0.01, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.05}),
]


def run(name, make, options):
    weights = torch.randn(SIZE, dtype=torch.float64, requires_grad=True)
    gradients = torch.randn(STEPS, SIZE, dtype=torch.float64)
    optimizer = make([weights], **options)
    first = weights.tolist()
    after = []
    for gradient in gradients:
        weights.grad = gradient.clone()
        optimizer.step()
        after.append(weights.tolist())
    state = {key: value.tolist() for key, value in optimizer.state[weights].items()
             if torch.is_tensor(value) and value.numel() == SIZE}
    return {"optimizer": name, "options": options, "first": first, "gradients": gradients.tolist(),
            "after": after, "state": state}


torch.manual_seed(SEED)
golden = {
    "origin": {"tool": "PyTorch", "version": torch.__version__, "seed": SEED, "precision": "float64",
               "script": "bench/peers/make_golden_optimizers.py"},
    "cases": [run(*case) for case in CASES],
}
path = Path(__file__).resolve().parents[2] / "test/golden/optimizers.json"
path.write_text(json.dumps(golden, indent=1) + "\n")
print(f"{path.name}: {len(golden['cases'])} cases, {path.stat().st_size} bytes")
