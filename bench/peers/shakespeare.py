"""The character model of bench/shakespeare.ts in PyTorch: the same layers, batches, optimizer and schedule.

Asked {"seconds": s, "data": path, ...the options}: finds the faster of oneDNN and MKL, then trains for as many whole
epochs as fit into `seconds`, with the schedule made for that many, and answers {"setting", "epochs", "tokensPerSecond",
"curve": [[seconds, validation loss], ...]}. With "epochs" it trains for these instead; with 0 it only tells its speed.
"""

import json
import math
import os
import sys
import time

import torch
from timing import serve
from torch import nn
from torch.nn.functional import cross_entropy

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
torch.set_flush_denormal(True)


def streams(ids, B, T):
    """Inputs and targets [T B], chunk by chunk, of B streams that each go on from chunk to chunk."""
    total = len(ids) - 1
    starts = [total * b // B for b in range(B)]
    length = min(total * (b + 1) // B - starts[b] for b in range(B))
    columns = torch.stack([ids[start : start + length + 1] for start in starts], 1)
    for at in range(0, length, T):
        end = min(at + T, length)
        yield columns[at:end], columns[at + 1 : end + 1]


class Network(nn.Module):
    def __init__(self, V, E, H, layers, dropout):
        super().__init__()
        self.embedding = nn.Embedding(V, E)
        self.lstm = nn.LSTM(E, H, layers, dropout=dropout)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(H, V)
        # As in backstitch: a fresh cell remembers.
        with torch.no_grad():
            for layer in range(layers):
                for bias, value in ((f"bias_ih_l{layer}", 1.0), (f"bias_hh_l{layer}", 0.0)):
                    getattr(self.lstm, bias)[H : 2 * H] = value

    def forward(self, tokens, state):
        y, state = self.lstm(self.embedding(tokens), state)
        return self.output(self.dropout(y)), state


def evaluate(network, ids, B, T):
    network.eval()
    nats, count, state = 0.0, 0, None
    with torch.inference_mode():
        for inputs, targets in streams(ids, B, T):
            logits, state = network(inputs, state)
            nats += cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="sum").item()
            count += targets.numel()
    network.train()
    return nats / count


def train(request):
    text = open(request["data"], encoding="utf-8").read()
    aside = round(len(text) * request["validation"])
    known = {c: i for i, c in enumerate(sorted(set(text[:-aside])))}
    ids = torch.tensor([known.get(c, 0) for c in text])
    training, validation = ids[:-aside], ids[-aside:]
    B, T, rate = request["batchSize"], request["chunk"], request["rate"]
    torch.manual_seed(request["seed"])

    def fresh():
        network = Network(
            len(known), request["embeddingSize"], request["hiddenSize"], request["layers"], request["dropout"]
        )
        return network, torch.optim.Adam(network.parameters(), lr=rate, fused=True)

    def update(network, adam, inputs, targets, state, share):
        for group in adam.param_groups:
            group["lr"] = rate * (0.01 + 0.99 * (1 + math.cos(math.pi * share)) / 2)
        adam.zero_grad()
        logits, state = network(inputs, state)
        loss = cross_entropy(logits.flatten(0, 1), targets.flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), request["clipNorm"])
        adam.step()
        return tuple(part.detach() for part in state)

    def speed(one_dnn):
        torch.backends.mkldnn.set_flags(_enabled=one_dnn)
        network, adam = fresh()
        chunks = list(streams(training, B, T))
        update(network, adam, *chunks[0], None, 0)
        start, state = time.perf_counter(), None
        for inputs, targets in chunks[1:6]:
            state = update(network, adam, inputs, targets, state, 0)
        return 5 * T * B / (time.perf_counter() - start)

    speeds = {one_dnn: max(speed(one_dnn) for _ in range(2)) for one_dnn in (True, False)}
    one_dnn = max(speeds, key=speeds.get)
    torch.backends.mkldnn.set_flags(_enabled=one_dnn)
    # Evaluations cost about a thirtieth of an epoch.
    epochs = request.get("epochs")
    if epochs is None:
        epochs = max(1, int(request["seconds"] * speeds[one_dnn] / (1.03 * len(training))))
    network, adam = fresh()
    steps = epochs * sum(1 for _ in streams(training, B, T))
    start, step, curve = time.perf_counter(), 0, []
    for _ in range(epochs):
        state = None
        for inputs, targets in streams(training, B, T):
            state = update(network, adam, inputs, targets, state, step / steps)
            step += 1
        loss = evaluate(network, validation, B, T)
        curve.append([time.perf_counter() - start, loss])
        print(f"  PyTorch epoch {len(curve)} of {epochs}: {curve[-1][0]:.0f} s, {loss:.4f} nats", file=sys.stderr)
    return {
        "setting": "oneDNN" if one_dnn else "MKL",
        "tried": {"oneDNN": speeds[True], "MKL": speeds[False]},
        "epochs": epochs,
        "tokensPerSecond": speeds[one_dnn],
        "curve": curve,
    }


serve(f"torch {torch.__version__}", train)
