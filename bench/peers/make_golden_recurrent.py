"""Golden values for layers and losses, made by PyTorch in float64.

    python3 bench/peers/make_golden_recurrent.py

Writes test/golden/recurrent.json. Every array is {"shape": [...], "data": [flat, row-major]}, rounded to 15 digits.
The loss is linear in all results: its gradients d(y), d(hT), d(cT) are random, 0 at padded steps, and are given.

recurrent cases:
  cell, layers, bidirectional, sizes T B I H, lengths
  inputs   x [T B I], h0 [layers*directions B H], c0 alike (LSTM); x is 0 at padded steps
  weights  as torch names them: weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, weight_ih_l0_reverse, ...
  results  y [T B directions*H], hT, cT (torch's output, h_n, c_n)
  dResults y, hT, cT
  gradients of every input and every weight
"""

import json
from pathlib import Path

import torch
from torch import nn

SEED = 3
torch.set_default_dtype(torch.float64)


def array(tensor):
    return {"shape": list(tensor.shape), "data": [float(f"{v:.15g}") for v in tensor.detach().flatten().tolist()]}


def arrays(tensors):
    return {name: array(tensor) for name, tensor in tensors.items()}


def recurrent(cell, make, layers, bidirectional, T, B, I, H, lengths):
    directions = 2 if bidirectional else 1
    module = make(I, H, num_layers=layers, bidirectional=bidirectional)
    for weight in module.parameters():
        nn.init.normal_(weight, std=0.5)
    lengths = torch.tensor(lengths)
    real = (torch.arange(T)[:, None] < lengths).unsqueeze(2)

    x = (torch.randn(T, B, I) * real).requires_grad_()
    inputs = {"x": x, "h0": torch.randn(layers * directions, B, H, requires_grad=True)}
    if cell == "lstm":
        inputs["c0"] = torch.randn(layers * directions, B, H, requires_grad=True)
    state = (inputs["h0"], inputs["c0"]) if cell == "lstm" else inputs["h0"]
    packed = nn.utils.rnn.pack_padded_sequence(x, lengths, enforce_sorted=False)
    output, final = module(packed, state)
    y, _ = nn.utils.rnn.pad_packed_sequence(output, total_length=T)
    results = {"y": y}
    if cell == "lstm":
        results["hT"], results["cT"] = final
    else:
        results["hT"] = final

    d_results = {name: torch.randn_like(result) for name, result in results.items()}
    d_results["y"] *= real
    sum((results[name] * d_results[name]).sum() for name in results).backward()
    weights = dict(module.named_parameters())
    for name, tensor in {**inputs, **weights}.items():
        assert tensor.grad.abs().max() > 1e-3, f"{cell} {layers}: the gradient of {name} is 0; take another SEED"
    return {
        "cell": cell, "layers": layers, "bidirectional": bidirectional,
        "T": T, "B": B, "I": I, "H": H, "lengths": lengths.tolist(),
        "inputs": arrays(inputs), "weights": arrays(weights),
        "results": arrays(results), "dResults": arrays(d_results),
        "gradients": arrays({name: tensor.grad for name, tensor in {**inputs, **weights}.items()}),
    }


def cross_entropy(smoothing):
    N, V = 6, 5
    logits = (2 * torch.randn(N, V)).requires_grad_()
    targets = torch.tensor([0, 4, -1, 2, 2, -1])
    loss = nn.functional.cross_entropy(logits, targets, ignore_index=-1, label_smoothing=smoothing, reduction="none")
    mean = nn.functional.cross_entropy(logits, targets, ignore_index=-1, label_smoothing=smoothing)
    mean.backward()
    return {"smoothing": smoothing, "targets": targets.tolist(), "logits": array(logits), "loss": array(loss),
            "mean": mean.item(), "dlogitsOfMean": array(logits.grad)}


def layer_norm():
    N, H, epsilon = 4, 5, 1e-5
    x = (3 * torch.randn(N, H) + 1).requires_grad_()
    gain, bias = torch.randn(H, requires_grad=True), torch.randn(H, requires_grad=True)
    y = nn.functional.layer_norm(x, (H,), gain, bias, epsilon)
    dy = torch.randn(N, H)
    (y * dy).sum().backward()
    return {"epsilon": epsilon, **arrays({"x": x, "gain": gain, "bias": bias, "y": y, "dy": dy, "dx": x.grad,
                                          "dgain": gain.grad, "dbias": bias.grad})}


def embedding():
    V, E = 5, 3
    ids = torch.tensor([[4, 0], [1, 4], [4, 1]])
    w = torch.randn(V, E, requires_grad=True)
    y = nn.functional.embedding(ids, w)
    dy = torch.randn_like(y)
    (y * dy).sum().backward()
    return {"ids": ids.tolist(), **arrays({"w": w, "y": y, "dy": dy, "dw": w.grad})}


CELLS = {
    "rnn tanh": lambda *a, **k: nn.RNN(*a, nonlinearity="tanh", **k),
    "rnn relu": lambda *a, **k: nn.RNN(*a, nonlinearity="relu", **k),
    "gru": nn.GRU,
    "lstm": nn.LSTM,
}
SHAPES = [
    (1, False, dict(T=4, B=3, I=3, H=4, lengths=[4, 4, 4])),
    (1, False, dict(T=5, B=3, I=2, H=3, lengths=[3, 5, 1])),
    (1, True, dict(T=4, B=3, I=3, H=2, lengths=[2, 1, 4])),
    (2, False, dict(T=3, B=2, I=2, H=3, lengths=[2, 3])),
    (2, True, dict(T=4, B=2, I=3, H=2, lengths=[4, 2])),
    (3, False, dict(T=3, B=2, I=2, H=2, lengths=[3, 1])),
    (3, True, dict(T=3, B=2, I=2, H=2, lengths=[1, 3])),
]

torch.manual_seed(SEED)
golden = {
    "origin": {"tool": "PyTorch", "version": torch.__version__, "seed": SEED, "precision": "float64",
               "script": "bench/peers/make_golden_recurrent.py"},
    "recurrent": [recurrent(cell, make, layers, bidirectional, **sizes)
                  for cell, make in CELLS.items() for layers, bidirectional, sizes in SHAPES],
    "crossEntropy": [cross_entropy(0.0), cross_entropy(0.1)],
    "layerNorm": layer_norm(),
    "embedding": embedding(),
}
path = Path(__file__).resolve().parents[2] / "test/golden/recurrent.json"
path.write_text(json.dumps(golden, separators=(",", ":")).replace('{"cell"', '\n{"cell"') + "\n")
print(f"{path.name}: {len(golden['recurrent'])} recurrent cases, {path.stat().st_size} bytes")
