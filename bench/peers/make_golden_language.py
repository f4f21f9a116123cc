"""Golden values for the parts of language models, made by PyTorch in float64.

    python3 bench/peers/make_golden_language.py

Writes test/golden/language.json. Every array is {"shape": [...], "data": [flat, row-major]}, rounded to 15 digits.

networks: embedding, LSTM, with tied weights a linear layer without bias from H to E where they differ, output layer
  tied, smoothing, sizes V E H layers, ids [T B], targets [T B] (-1: none), lengths [B]
  weights  of torch's modules: embedding.weight, lstm.*, projection.weight, output.weight, output.bias
  loss     the mean cross-entropy of real targets, and the gradients of all weights
adaptive: torch.nn.AdaptiveLogSoftmaxWithLoss, alone
  I, V, cutoffs, division, headBias, x [N I], targets [N], weights, loss, nats [N], logProbs [N V], gradients of x and weights
"""

import json
from pathlib import Path

import torch
from torch import nn
from torch.nn.functional import cross_entropy, linear

SEED = 5
torch.set_default_dtype(torch.float64)


def array(tensor):
    return {"shape": list(tensor.shape), "data": [float(f"{v:.15g}") for v in tensor.detach().flatten().tolist()]}


def arrays(tensors):
    return {name: array(tensor) for name, tensor in tensors.items()}


def network(tied, smoothing, V, E, H, layers, lengths):
    B, T = len(lengths), max(lengths)
    model = nn.ModuleDict({"embedding": nn.Embedding(V, E), "lstm": nn.LSTM(E, H, layers)})
    if tied and E != H:
        model["projection"] = nn.Linear(H, E, bias=False)
    model["output"] = nn.Linear(E if tied else H, V)
    if tied:
        model["output"].weight = model["embedding"].weight
    for weight in model.parameters():
        nn.init.normal_(weight, std=0.5)
    ids, targets = torch.randint(V, (T, B)), torch.randint(V, (T, B))
    for b, length in enumerate(lengths):
        ids[length:, b] = 0
        targets[length:, b] = -1
    h, _ = model["lstm"](model["embedding"](ids))
    if "projection" in model:
        h = model["projection"](h)
    logits = linear(h, model["output"].weight, model["output"].bias)
    loss = cross_entropy(logits.reshape(-1, V), targets.reshape(-1), ignore_index=-1, label_smoothing=smoothing)
    loss.backward()
    weights = dict(model.named_parameters())
    return {
        "tied": tied, "smoothing": smoothing, "V": V, "E": E, "H": H, "layers": layers, "lengths": lengths,
        "ids": ids.flatten().tolist(), "targets": targets.flatten().tolist(),
        "weights": arrays(weights), "loss": loss.item(),
        "gradients": arrays({name: tensor.grad for name, tensor in weights.items()}),
    }


def adaptive(I, V, cutoffs, division, head_bias, targets):  # noqa: E741
    module = nn.AdaptiveLogSoftmaxWithLoss(I, V, cutoffs, div_value=division, head_bias=head_bias)
    for weight in module.parameters():
        nn.init.normal_(weight, std=0.7)
    x = torch.randn(len(targets), I, requires_grad=True)
    output, loss = module(x, torch.tensor(targets))
    loss.backward()
    weights = dict(module.named_parameters())
    return {
        "I": I, "V": V, "cutoffs": cutoffs, "division": division, "headBias": head_bias, "targets": targets,
        "x": array(x), "weights": arrays(weights), "loss": loss.item(), "nats": array(-output),
        "logProbs": array(module.log_prob(x)), "dx": array(x.grad),
        "gradients": arrays({name: tensor.grad for name, tensor in weights.items() if tensor.grad is not None}),
    }


torch.manual_seed(SEED)
golden = {
    "origin": {"tool": "PyTorch", "version": torch.__version__, "seed": SEED, "precision": "float64",
               "script": "bench/peers/make_golden_language.py"},
    "networks": [
        network(tied=False, smoothing=0.0, V=6, E=3, H=4, layers=1, lengths=[4, 2, 3]),
        network(tied=True, smoothing=0.0, V=6, E=3, H=3, layers=1, lengths=[3, 3]),
        network(tied=True, smoothing=0.1, V=5, E=2, H=4, layers=2, lengths=[4, 2, 1]),
        network(tied=True, smoothing=0.2, V=40, E=3, H=4, layers=1, lengths=[2, 3]),
    ],
    "adaptive": [
        adaptive(8, 12, [4, 8], 2.0, False, [0, 11, 4, 7, 3, 8, 9, 1]),
        adaptive(9, 9, [2, 3, 7], 2.0, True, [8, 0, 2, 6, 3, 3]),
        adaptive(4, 10, [5], 4.0, False, [1, 2, 0, 4]),
    ],
}
path = Path(__file__).resolve().parents[2] / "test/golden/language.json"
path.write_text(json.dumps(golden, separators=(",", ":")).replace('{"tied"', '\n{"tied"').replace('{"I"', '\n{"I"') + "\n")
print(f"{path.name}: {path.stat().st_size} bytes")
