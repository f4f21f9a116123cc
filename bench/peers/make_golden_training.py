"""Makes test/golden/training.json: optimizers, schedules and clipping as PyTorch computes them.

    python3 bench/peers/make_golden_training.py > test/golden/training.json
"""

import json
import math
import warnings

import torch

warnings.filterwarnings("ignore")
torch.manual_seed(7)
STEPS = 12
w0 = torch.randn(5, 3, dtype=torch.float64)
b0 = torch.randn(4, dtype=torch.float64)
gradients = [(torch.randn(5, 3, dtype=torch.float64), torch.randn(4, dtype=torch.float64)) for _ in range(STEPS)]


def run(name, options, make):
    w, b = torch.nn.Parameter(w0.clone()), torch.nn.Parameter(b0.clone())
    optimizer = make([w, b])
    for step, (gw, gb) in enumerate(gradients):
        w.grad = gw.clone()
        b.grad = gb.clone()
        if options.get("skip") == step:
            b.grad = None
        optimizer.step()
    return {
        "name": name,
        "options": {k: v for k, v in options.items() if k != "skip"},
        "skip": options.get("skip"),
        "w": w.detach().flatten().tolist(),
        "b": b.detach().flatten().tolist(),
    }


O = torch.optim
optimizers = [
    run("sgd", {"rate": 0.1}, lambda p: O.SGD(p, lr=0.1)),
    run("sgd", {"rate": 0.1, "weightDecay": 0.05}, lambda p: O.SGD(p, lr=0.1, weight_decay=0.05)),
    run("sgd", {"rate": 0.1, "momentum": 0.9, "skip": 4}, lambda p: O.SGD(p, lr=0.1, momentum=0.9)),
    run(
        "sgd",
        {"rate": 0.1, "momentum": 0.9, "nesterov": True, "weightDecay": 0.05},
        lambda p: O.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.05),
    ),
    run("rmsprop", {"rate": 0.02}, lambda p: O.RMSprop(p, lr=0.02)),
    run(
        "rmsprop",
        {"rate": 0.02, "decay": 0.9, "momentum": 0.5, "epsilon": 1e-5, "weightDecay": 0.1},
        lambda p: O.RMSprop(p, lr=0.02, alpha=0.9, momentum=0.5, eps=1e-5, weight_decay=0.1),
    ),
    run("adagrad", {"rate": 0.1}, lambda p: O.Adagrad(p, lr=0.1)),
    run(
        "adagrad",
        {"rate": 0.1, "weightDecay": 0.1, "epsilon": 1e-3, "skip": 0},
        lambda p: O.Adagrad(p, lr=0.1, weight_decay=0.1, eps=1e-3),
    ),
    run("adam", {"rate": 0.01}, lambda p: O.Adam(p, lr=0.01)),
    run(
        "adam",
        {"rate": 0.01, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-4, "weightDecay": 0.1},
        lambda p: O.Adam(p, lr=0.01, betas=(0.8, 0.95), eps=1e-4, weight_decay=0.1),
    ),
    run("adamw", {"rate": 0.01}, lambda p: O.AdamW(p, lr=0.01)),
    run(
        "adamw",
        {"rate": 0.05, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-4, "weightDecay": 0.3},
        lambda p: O.AdamW(p, lr=0.05, betas=(0.8, 0.95), eps=1e-4, weight_decay=0.3),
    ),
]


def rates(make, steps=30):
    optimizer = O.SGD([torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))], lr=1.0)
    schedule = make(optimizer)
    found = []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return found


S = O.lr_scheduler
schedules = [
    {"name": "constant", "options": {}, "rates": rates(lambda o: S.LambdaLR(o, lambda _: 1.0))},
    {"name": "step", "options": {"every": 7, "factor": 0.3}, "rates": rates(lambda o: S.StepLR(o, 7, 0.3))},
    {"name": "exponential", "options": {"factor": 0.9}, "rates": rates(lambda o: S.ExponentialLR(o, 0.9))},
    {
        "name": "cosine",
        "options": {"steps": 29, "least": 0.1},
        "rates": rates(lambda o: S.CosineAnnealingLR(o, T_max=29, eta_min=0.1)),
    },
    {
        "name": "cosine",
        "options": {"steps": 20},
        "warmup": 9,
        "rates": rates(
            lambda o: S.SequentialLR(
                o,
                [S.LinearLR(o, start_factor=1 / 10, total_iters=9), S.CosineAnnealingLR(o, T_max=20)],
                milestones=[9],
            )
        ),
    },
]

metrics = [math.sin(i * 1.3) / (1 + i / 5) + 2 for i in range(40)] + [3 - i / 50 for i in range(10)]


def plateau(options, **given):
    optimizer = O.SGD([torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))], lr=1.0)
    schedule = S.ReduceLROnPlateau(optimizer, eps=0, threshold_mode="abs", **given)
    factors = []
    for metric in metrics:
        schedule.step(metric)
        factors.append(optimizer.param_groups[0]["lr"])
    return {"options": options, "factors": factors}


plateaus = [
    plateau({"patience": 4, "factor": 0.5}, patience=3, factor=0.5, threshold=0),
    plateau({"patience": 1, "factor": 0.1, "cooldown": 4, "least": 0.001}, patience=0, factor=0.1, cooldown=4, min_lr=0.001, threshold=0),
    plateau({"patience": 3, "factor": 0.5, "mode": "max", "minDelta": 0.05}, patience=2, factor=0.5, mode="max", threshold=0.05),
]

w, b = torch.nn.Parameter(w0.clone()), torch.nn.Parameter(b0.clone())
w.grad, b.grad = gradients[0][0].clone(), gradients[0][1].clone()
norm = torch.nn.utils.clip_grad_norm_([w, b], 1.5)
clipped = {"limit": 1.5, "norm": norm.item(), "w": w.grad.flatten().tolist(), "b": b.grad.flatten().tolist()}

print(
    json.dumps(
        {
            "origin": f"PyTorch {torch.__version__}, float64, seed 7; bench/peers/make_golden_training.py",
            "w0": w0.flatten().tolist(),
            "b0": b0.flatten().tolist(),
            "gradients": [{"w": gw.flatten().tolist(), "b": gb.flatten().tolist()} for gw, gb in gradients],
            "optimizers": optimizers,
            "schedules": schedules,
            "metrics": metrics,
            "plateaus": plateaus,
            "clipped": clipped,
        },
        separators=(",", ":"),
    )
)
