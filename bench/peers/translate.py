"""Translation models in PyTorch, beside bench/translate.ts.

Asked {"make": {model, V, E, H, S, T, B}}: builds the model, tries every setting for each kind of work, keeps the fastest,
and answers {kind of work: its name}. Asked {"work": kind, "seconds": s}: answers {"seconds": what it takes once}.

Training is a step of Adam on B pairs of S and T tokens. Decoding is a search over B sentences at once, greedy or with a
beam: no sentence ends before T tokens. Whatever no step waits for is computed for all steps at once, the memory of a
sentence is read by all of its hypotheses without copies, and gradients are off.
"""

import os

import torch
from timing import serve, typical
from torch import nn
from torch.nn.functional import cross_entropy, linear

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
torch.set_flush_denormal(True)
torch.manual_seed(1)

BOS, EOS = 2, 3


class Attention(nn.Module):
    """Additive, with v, or general, whose matrix stands on the side of the memory."""

    def __init__(self, H, D, additive):
        super().__init__()
        self.key = nn.Linear(D, H, bias=additive)
        self.query = nn.Linear(H, H, bias=False) if additive else None
        self.v = nn.Parameter(torch.randn(H) / H**0.5) if additive else None

    def prepare(self, values):
        """values [B S D]: the memory as it is read."""
        return self.key(values), values

    def forward(self, h, memory):
        """h [B N H], N queries of each sentence: contexts [B N D]."""
        keys, values = memory
        if self.query is None:
            energies = torch.bmm(h, keys.transpose(1, 2))
        else:
            energies = torch.tanh(self.query(h)[:, :, None] + keys[:, None]) @ self.v
        return torch.bmm(energies.softmax(-1), values)


class Translator(nn.Module):
    def __init__(self, model, V, E, H):
        super().__init__()
        self.model, self.H = model, H
        self.is_gru = model == "bahdanau"
        self.feeds = {"bahdanau": "context", "luong-feeding": "output", "gnmt": "none"}[model]
        bidirectional = model != "luong-feeding"
        D = 2 * H if bidirectional else H
        layer = nn.GRU if self.is_gru else nn.LSTM
        self.source, self.target = nn.Embedding(V, E), nn.Embedding(V, E)
        self.encoder = layer(E, H, bidirectional=bidirectional)
        self.bridge = nn.Linear(D, H if self.is_gru else 2 * H)
        self.attention = Attention(H, D, additive=model != "luong-feeding")
        if self.feeds == "none":
            self.decoder = layer(E, H)
        else:
            fed = D if self.feeds == "context" else E
            self.decoder = (nn.GRUCell if self.is_gru else nn.LSTMCell)(E + fed, H)
        self.readout = nn.Linear(H + D, E, bias=self.feeds != "output")
        self.bias = nn.Parameter(torch.zeros(V))

    def begin(self, sources):
        """sources [S B]: the memory, and the state h or (h, c) [B H]."""
        values, last = self.encoder(self.source(sources))
        h = last if self.is_gru else last[0]
        start = torch.tanh(self.bridge(torch.cat(list(h), -1)))
        return self.attention.prepare(values.transpose(0, 1).contiguous()), start.chunk(1 if self.is_gru else 2, -1)

    def read(self, h, context):
        return torch.tanh(self.readout(torch.cat([h, context], -1)))

    def step(self, x, state, memory):
        """x [B*N E], state each [B*N H] and what is fed: what the next token is told from [B*N E], and the state after."""
        rows, B = x.shape[0], memory[0].shape[0]
        look = lambda h: self.attention(h.view(B, rows // B, -1), memory).view(rows, -1)  # noqa: E731
        *cell, fed = state
        if self.feeds == "context":
            fed = look(cell[0])
        if self.feeds == "none":
            if self.is_gru:
                cell = [self.decoder(x[None], cell[0][None])[1][0]]
            else:
                cell = [part[0] for part in self.decoder(x[None], tuple(part[None] for part in cell))[1]]
        else:
            x = torch.cat([x, fed], -1)
            cell = [self.decoder(x, cell[0])] if self.is_gru else list(self.decoder(x, tuple(cell)))
        if self.feeds != "context":
            fed = look(cell[0])
        output = self.read(cell[0], fed)
        return output, [*cell, output if self.feeds == "output" else fed]

    def loss(self, sources, inputs, targets):
        memory, state = self.begin(sources)
        x = self.target(inputs)
        if self.feeds == "none":
            start = state[0][None] if self.is_gru else tuple(part[None].contiguous() for part in state)
            h, _ = self.decoder(x, start)
            context = self.attention(h.transpose(0, 1), memory).transpose(0, 1)
            outputs = self.read(h, context)
        elif self.feeds == "context":
            # Nothing waits for the readout.
            hs, contexts = [], []
            cell = list(state)
            for x_t in x.unbind(0):
                context = self.attention(cell[0][:, None], memory)[:, 0]
                seen = torch.cat([x_t, context], -1)
                cell = [self.decoder(seen, cell[0])] if self.is_gru else list(self.decoder(seen, tuple(cell)))
                hs.append(cell[0])
                contexts.append(context)
            outputs = self.read(torch.stack(hs), torch.stack(contexts))
        else:
            made = []
            now = [*state, x.new_zeros(x.shape[1], x.shape[2])]
            for x_t in x.unbind(0):
                output, now = self.step(x_t, now, memory)
                made.append(output)
            outputs = torch.stack(made)
        logits = linear(outputs.flatten(0, 1), self.target.weight, self.bias)
        return cross_entropy(logits, targets.flatten(), label_smoothing=0.1)

    @torch.inference_mode()
    def decode(self, sources, T, K):
        """The likeliest of K hypotheses of T tokens for each sentence [B T]."""
        memory, state = self.begin(sources)
        B = sources.shape[1]
        state = [*state, state[0].new_zeros(B, self.target.embedding_dim)]
        tokens = torch.full((B,), BOS)
        scores, ids = torch.zeros(B, 1), torch.zeros(B, 1, 0, dtype=torch.long)
        for _ in range(T):
            output, state = self.step(self.target(tokens), state, memory)
            logits = linear(output, self.target.weight, self.bias)
            logits[:, EOS] = -float("inf")
            if K == 1:
                tokens = logits.argmax(-1)
                ids = torch.cat([ids, tokens[:, None, None]], -1)
                continue
            N = ids.shape[1]
            # The K best of each row first, then of each sentence: the cheaper way to the same.
            best, at = (logits - logits.logsumexp(-1, keepdim=True)).topk(K, -1)
            total = (scores[:, :, None] + best.view(B, N, K)).flatten(1)
            scores, chosen = total.topk(K, -1)
            parents = chosen // K
            tokens = at.view(B, N * K).gather(1, chosen).flatten()
            rows = (parents + N * torch.arange(B)[:, None]).flatten()
            state = [part.index_select(0, rows) for part in state]
            ids = torch.cat([ids.flatten(0, 1).index_select(0, rows).view(B, K, -1), tokens.view(B, K, 1)], -1)
        return ids[:, 0]


def make_works(model, V, E, H, S, T, B):
    """For each kind of work, by the name of a setting: what does it once."""
    sources = torch.randint(4, V, (S, B))
    targets = torch.randint(4, V, (T, B))
    inputs = torch.cat([torch.full((1, B), BOS), targets[:-1]])
    network = Translator(model, V, E, H)
    weights = list(network.parameters())

    def training(fused):
        adam = torch.optim.Adam(weights, lr=1e-3, fused=fused, foreach=not fused)

        def step():
            adam.zero_grad()
            loss = network.loss(sources, inputs, targets)
            loss.backward()
            nn.utils.clip_grad_norm_(weights, 1.0)
            adam.step()
            return loss.item()

        return step

    both = {"oneDNN": True, "MKL": False}
    trainings = {"fused Adam": training(True), "foreach Adam": training(False)}
    return {
        "training": {f"{math}, {adam}": (flag, step) for math, flag in both.items() for adam, step in trainings.items()},
        "greedy": {math: (flag, lambda: network.decode(sources, T, 1)) for math, flag in both.items()},
        "beam 5": {math: (flag, lambda: network.decode(sources, T, 5)) for math, flag in both.items()},
    }


def timed(flag, work, seconds):
    torch.backends.mkldnn.set_flags(_enabled=flag)
    return typical(work, seconds)


current = {}


def answer(request):
    if "make" not in request:
        return {"seconds": timed(*current[request["work"]], request["seconds"])}
    names = {}
    for kind, settings in make_works(**request["make"]).items():
        tried = {name: timed(flag, work, 0.05) for name, (flag, work) in settings.items()}
        names[kind] = min(tried, key=tried.get)
        current[kind] = settings[names[kind]]
    return names


serve(f"torch {torch.__version__}", answer)
