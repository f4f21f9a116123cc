"""Golden values for translation networks, made by PyTorch in float64.

    python3 bench/peers/make_golden_translate.py

Writes test/golden/translate.json. Every array is {"shape": [...], "data": [flat, row-major]}, rounded to 15 digits.

networks: one for each published model, written here after its paper from torch's own modules (LSTM and GRU over packed
  sequences, LSTMCell and GRUCell step by step, Linear, log_softmax)
  model, and the sizes V (source and target) E H
  pairs        [{source, target}] ids without BOS and EOS, of different lengths on both sides
  weights      of our names: torch's two biases are one, but for that of the GRU which the reset gate reaches
  loss         the mean cross-entropy of the real targets, smoothing as said
  nats         [pair][token], without smoothing
  attention    [pair][token][source step], where the model attends
  gradients    of the loss, by our names
"""

import json
from pathlib import Path

import torch
from torch import nn
from torch.nn.functional import log_softmax
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

SEED = 11
BOS, EOS = 2, 3
SOURCE, TARGET, E, H = 9, 8, 3, 4
SMOOTHING = 0.1
PAIRS = [([4, 5, 6, 7, 8], [4, 5]), ([8, 4], [7, 6, 5, 4]), ([6], [4])]
MODELS = {
    "gnmt": dict(cell="lstm", attention="additive", feed=None, both=True),
    "bahdanau": dict(cell="gru", attention="additive", feed="context", both=True),
    "luong": dict(cell="lstm", attention="general", feed=None),
    "luong-feeding": dict(cell="lstm", attention="general", feed="output"),
    "dates": dict(cell="lstm", attention="additive", feed="context", both=True, sees=False, start="zeros"),
    "cho": dict(cell="gru", attention=None, feed="context"),
    "sutskever": dict(cell="lstm", attention=None, feed=None, reverse=True, start="copy"),
}
torch.set_default_dtype(torch.float64)


def array(tensor):
    return {"shape": list(tensor.shape), "data": [float(f"{v:.15g}") for v in tensor.detach().flatten().tolist()]}


def ours(prefix, suffix, values, are_gradients, split=None):
    """A layer of torch under our names: split is how many columns of the inputs come before those that are fed."""
    w_ih, w_hh, b_ih, b_hh = (values[f"{part}{suffix}"] for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
    named = {f"{prefix}.wHh": w_hh}
    if split is None:
        named[f"{prefix}.wIh"] = w_ih
    else:
        named[f"{prefix}.wFeed"] = w_ih[:, split:]
        if split > 0:
            named[f"{prefix}.wIh"] = w_ih[:, :split]
    is_gru = len(b_ih) == 3 * H
    own = b_hh.clone()
    if is_gru:
        named[f"{prefix}.biasHn"] = b_hh[2 * H :]
        own[2 * H :] = 0
    named[f"{prefix}.bias"] = b_ih if are_gradients else b_ih + own
    return named


def run(model, cell, attention, feed, both=False, sees=True, reverse=False, start="project"):
    is_lstm = cell == "lstm"
    D = 2 * H if both else H
    context_size = D if attention or feed == "context" else 0
    feed_size = {None: 0, "context": D, "output": E}[feed]
    layers = nn.ModuleDict({
        "source": nn.Embedding(SOURCE, E),
        "target": nn.Embedding(TARGET, E),
        "encoder": (nn.LSTM if is_lstm else nn.GRU)(E, H, bidirectional=both),
        "decoder": (nn.LSTMCell if is_lstm else nn.GRUCell)((E if sees else 0) + feed_size, H),
        "output": nn.Linear(E, TARGET),
        "readout": nn.Linear(H + context_size, E, bias=feed != "output"),
    })
    layers["output"].weight = layers["target"].weight
    if start == "project":
        layers["bridge"] = nn.Linear(D, 2 * H if is_lstm else H)
    if attention:
        layers["key"] = nn.Linear(D, H, bias=attention == "additive")
    if attention == "additive":
        layers["query"] = nn.Linear(H, H, bias=False)
        layers["v"] = nn.Linear(H, 1, bias=False)
    for weight in layers.parameters():
        nn.init.normal_(weight, std=0.7)

    sources = [torch.tensor((s[::-1] if reverse else s) + [EOS]) for s, _ in PAIRS]
    lengths = torch.tensor([len(s) for s in sources])
    packed = pack_padded_sequence(layers["source"](pad_sequence(sources)), lengths, enforce_sorted=False)
    values, last = layers["encoder"](packed)
    values, _ = pad_packed_sequence(values)
    last_h = last[0] if is_lstm else last
    summary = torch.cat(list(last_h), dim=-1)
    B = len(PAIRS)
    if start == "project":
        begun = torch.tanh(layers["bridge"](summary))
        h, c = begun.chunk(2, dim=-1) if is_lstm else (begun, None)
    elif start == "copy":
        h, c = last[0][0], last[1][0]
    else:
        h, c = torch.zeros(B, H), torch.zeros(B, H)
    keys = layers["key"](values) if attention else None
    is_padding = torch.arange(len(values))[:, None] >= lengths[None, :]

    def attend(query):
        if attention == "additive":
            energy = layers["v"](torch.tanh(layers["query"](query) + keys)).squeeze(-1)
        else:
            energy = (query * keys).sum(-1)
        weights = energy.masked_fill(is_padding, -torch.inf).softmax(0)
        return (weights[..., None] * values).sum(0), weights

    inputs = pad_sequence([torch.tensor([BOS, *t]) for _, t in PAIRS])
    targets = pad_sequence([torch.tensor([*t, EOS]) for _, t in PAIRS], padding_value=-1)
    fed = torch.zeros(B, E)
    nats, spread, attention_weights = [], [], []
    for t in range(len(inputs)):
        weights, context = None, torch.zeros(B, 0)
        x = [layers["target"](inputs[t])] if sees else []
        if feed == "context":
            context, weights = attend(h) if attention else (summary, None)
            x.append(context)
        elif feed == "output":
            x.append(fed)
        stepped = layers["decoder"](torch.cat(x, dim=-1), (h, c) if is_lstm else h)
        h, c = stepped if is_lstm else (stepped, None)
        if attention and feed != "context":
            context, weights = attend(h)
        read = layers["readout"](torch.cat([h, context], dim=-1))
        fed = torch.tanh(read) if context_size else read
        log_probs = log_softmax(layers["output"](fed), dim=-1)
        nats.append(-log_probs.gather(1, targets[t].clamp(min=0)[:, None])[:, 0])
        spread.append(-log_probs.mean(-1))
        attention_weights.append(weights)
    nats, spread, is_real = torch.stack(nats), torch.stack(spread), targets >= 0
    loss = ((1 - SMOOTHING) * nats + SMOOTHING * spread)[is_real].mean()
    loss.backward()

    def named(values, are_gradients):
        of = lambda name: {k.removeprefix(f"{name}."): v for k, v in values.items() if k.startswith(f"{name}.")}
        result = {"encoder.embedding.weight": values["source.weight"], "decoder.embedding.weight": values["target.weight"]}
        result |= ours("encoder.recurrent.layers.0.forward", "_l0", of("encoder"), are_gradients)
        if both:
            result |= ours("encoder.recurrent.layers.0.backward", "_l0_reverse", of("encoder"), are_gradients)
        is_attentive = attention and feed
        lowest = "decoder.lowest.parameters" if is_attentive else "decoder.lowest.layers.0.forward"
        split = (E if sees else 0) if is_attentive else None
        result |= ours(lowest, "", of("decoder"), are_gradients, split)
        if start == "project":
            result |= {f"decoder.bridge.{k}": v for k, v in of("bridge").items()}
        if attention:
            result |= {f"decoder.attention.key.{k}": v for k, v in of("key").items()}
        if attention == "additive":
            result |= {"decoder.attention.query.weight": values["query.weight"], "decoder.attention.v": values["v.weight"][0]}
        if feed == "output":
            w = values["readout.weight"]
            result |= {"decoder.lowest.parameters.outState": w[:, :H], "decoder.lowest.parameters.outContext": w[:, H:]}
        else:
            result |= {f"decoder.readout.{k}": v for k, v in of("readout").items()}
        result["output.bias"] = values["output.bias"]
        return {name: array(value) for name, value in result.items()}

    weights = dict(layers.named_parameters())
    return {
        "model": model, "V": [SOURCE, TARGET], "E": E, "H": H, "smoothing": SMOOTHING,
        "pairs": [{"source": s, "target": t} for s, t in PAIRS],
        "weights": named(weights, False),
        "loss": loss.item(),
        "nats": [[nats[t, b].item() for t in range(len(target) + 1)] for b, (_, target) in enumerate(PAIRS)],
        "attention": [
            [attention_weights[t][: lengths[b], b].tolist() for t in range(len(target) + 1)]
            for b, (_, target) in enumerate(PAIRS)
        ] if attention else None,
        "gradients": named({name: weight.grad for name, weight in weights.items()}, True),
    }


def main():
    torch.manual_seed(SEED)
    golden = {
        "origin": {"tool": "torch", "version": torch.__version__, "script": "bench/peers/make_golden_translate.py", "seed": SEED},
        "networks": [run(model, **choices) for model, choices in MODELS.items()],
    }
    path = Path(__file__).parents[2] / "test/golden/translate.json"
    path.write_text(json.dumps(golden) + "\n")


main()
