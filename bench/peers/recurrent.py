"""Whole training steps of recurrent networks in PyTorch, beside bench/lstm.ts, gru.ts, min-gru.ts and cells.ts.

Asked {"make": {cell, T, B, I, H, V, L}}: builds the model in every setting, keeps the fastest, and answers
{"setting": its name, "tried": {name: seconds}}. Asked {"seconds": s}: answers {"seconds": what one step takes}.
"""

import os

import torch
from timing import serve, typical
from torch import nn
from torch.nn.functional import cross_entropy

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
torch.set_flush_denormal(True)
torch.manual_seed(1)


class Minimal(nn.Module):
    """minGRU and minLSTM in the parallel mode of the paper: a scan in log space (Feng et al. 2024, appendix B)."""

    def __init__(self, gates, I, H, L):  # noqa: E741
        super().__init__()
        assert L == 1
        self.gates, self.linear = gates, nn.Linear(I, gates * H)

    def forward(self, x):
        *open_, candidate = self.linear(x).chunk(self.gates, dim=-1)
        softplus = nn.functional.softplus
        # Of the logarithm of what is kept and of what is let in; the scan begins at 0.
        k = open_[0] if self.gates == 2 else softplus(-open_[0]) - softplus(-open_[1])
        log_g = torch.where(candidate >= 0, (candidate.relu() + 0.5).log(), -softplus(-candidate))
        a_star = torch.cumsum(-softplus(k), dim=0)
        return (a_star + torch.logcumsumexp(log_g - softplus(-k) - a_star, dim=0)).exp(), None


CELLS = {
    "rnn": nn.RNN,
    "rnnRelu": lambda I, H, L: nn.RNN(I, H, L, nonlinearity="relu"),  # noqa: E741
    "gru": nn.GRU,
    "lstm": nn.LSTM,
    "minGru": lambda *sizes: Minimal(2, *sizes),
    "minLstm": lambda *sizes: Minimal(3, *sizes),
}


def make_step(cell, T, B, I, H, V, L, one_dnn, fused):  # noqa: E741
    embedding = nn.Embedding(V, I)
    recurrent = CELLS[cell](I, H, L)
    output = nn.Linear(H, V)
    weights = [*embedding.parameters(), *recurrent.parameters(), *output.parameters()]
    adam = torch.optim.Adam(weights, lr=1e-3, fused=fused, foreach=not fused)
    tokens, targets = torch.randint(V, (T, B)), torch.randint(V, (T, B))

    def step():
        adam.zero_grad()
        y, _ = recurrent(embedding(tokens))
        loss = cross_entropy(output(y).reshape(-1, V), targets.reshape(-1))
        loss.backward()
        nn.utils.clip_grad_norm_(weights, 1.0)
        adam.step()
        return loss.item()

    def timed(seconds):
        torch.backends.mkldnn.set_flags(_enabled=one_dnn)
        return typical(step, seconds)

    return timed


def fastest(sizes):
    settings = {
        f"{'oneDNN' if one_dnn else 'MKL'}, {'fused' if fused else 'foreach'} Adam": make_step(
            **sizes, one_dnn=one_dnn, fused=fused
        )
        for one_dnn in (False, True)
        for fused in (True, False)
    }
    tried = {name: float("inf") for name in settings}
    for _ in range(3):
        for name, timed in settings.items():
            tried[name] = min(tried[name], timed(0.1))
    best = min(tried, key=tried.get)
    return settings[best], {"setting": best, "tried": tried}


current = None


def answer(request):
    global current
    if "make" in request:
        current, said = fastest(request["make"])
        return said
    return {"seconds": current(request["seconds"])}


serve(f"torch {torch.__version__}", answer)
