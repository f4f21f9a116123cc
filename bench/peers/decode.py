"""Writing a text token by token in PyTorch, beside bench/decode.ts.

Asked {"make": {E, H, V, L}, "prompt": n, "text": n}: builds the model in every setting, keeps the fastest, and answers
{"setting": its name, "tried": {name: seconds}}. Asked {"measure": true}: answers {"prompt": s, "token": s}.
"""

import os
import statistics
import time

import torch
from timing import serve
from torch import nn

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
torch.set_flush_denormal(True)
torch.manual_seed(1)


class Layers(nn.Module):
    """nn.LSTM, whatever the length."""

    def __init__(self, E, H, V, L):
        super().__init__()
        self.embedding, self.lstm, self.output = nn.Embedding(V, E), nn.LSTM(E, H, L), nn.Linear(H, V)
        self.sizes = L, H

    def start(self):
        L, H = self.sizes
        return torch.zeros(L, 1, H), torch.zeros(L, 1, H)

    def forward(self, ids, h, c):
        y, (h, c) = self.lstm(self.embedding(ids), (h, c))
        return self.output(y[-1]), h, c


class Cells(nn.Module):
    """One nn.LSTMCell for each layer, for single tokens; the prompt is read by nn.LSTM with the same weights."""

    def __init__(self, layers):
        super().__init__()
        self.embedding, self.output = layers.embedding, layers.output
        lstm = layers.lstm
        self.cells = nn.ModuleList()
        for i in range(lstm.num_layers):
            cell = nn.LSTMCell(lstm.input_size if i == 0 else lstm.hidden_size, lstm.hidden_size)
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
                setattr(cell, name, getattr(lstm, f"{name}_l{i}"))
            self.cells.append(cell)

    def forward(self, ids, h, c):
        x = self.embedding(ids[0])
        hs, cs = [], []
        for i, cell in enumerate(self.cells):
            x, now = cell(x, (h[i], c[i]))
            hs.append(x)
            cs.append(now)
        return self.output(x), torch.stack(hs), torch.stack(cs)


def make_measure(layers, step, one_dnn, prompt, text):
    def measure():
        torch.backends.mkldnn.set_flags(_enabled=one_dnn)
        with torch.inference_mode():
            last = time.perf_counter()
            _, h, c = layers(prompt, *layers.start())
            now = time.perf_counter()
            of_prompt, of_tokens = now - last, []
            for ids in text:
                last = now
                _, h, c = step(ids, h, c)
                now = time.perf_counter()
                of_tokens.append(now - last)
        return {"prompt": of_prompt, "token": statistics.median(of_tokens)}

    return measure


def fastest(sizes, prompt, text):
    layers = Layers(**sizes).eval()
    cells = Cells(layers).eval()
    V = sizes["V"]
    prompt = torch.randint(V, (prompt, 1))
    text = [torch.randint(V, (1, 1)) for _ in range(text)]
    with torch.inference_mode():
        traced = torch.jit.freeze(torch.jit.trace(cells, (text[0], *layers.start()), check_trace=False))
        steps = {"nn.LSTM": layers, "nn.LSTMCell": cells, "nn.LSTMCell, traced": traced}
    settings = {
        f"{name}, {'oneDNN' if one_dnn else 'MKL'}": make_measure(layers, step, one_dnn, prompt, text)
        for one_dnn in (False, True)
        for name, step in steps.items()
    }
    tried = {name: min(measure()["token"] for _ in range(2)) for name, measure in settings.items()}
    best = min(tried, key=tried.get)
    return settings[best], {"setting": best, "tried": tried}


current = None


def answer(request):
    global current
    if "make" in request:
        current, said = fastest(request["make"], request["prompt"], request["text"])
        return said
    return current()


serve(f"torch {torch.__version__}", answer)
