"""Translation models in PyTorch: those that bench/translate.ts measures, as fast as we know how to write them.

Whatever no step waits for is computed for all steps at once, and the memory of a sentence is read by all of its hypotheses
without copies.
"""

import json

import torch
from torch import nn
from torch.nn.functional import cross_entropy, linear

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
    def __init__(self, model, V, E, H, sources=None):
        """V tokens of the target, and of the source unless said."""
        super().__init__()
        self.model, self.H = model, H
        self.is_gru = model == "bahdanau"
        self.feeds = {"bahdanau": "context", "luong-feeding": "output", "gnmt": "none"}[model]
        bidirectional = model != "luong-feeding"
        D = 2 * H if bidirectional else H
        layer = nn.GRU if self.is_gru else nn.LSTM
        self.source, self.target = nn.Embedding(sources or V, E), nn.Embedding(V, E)
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

    @staticmethod
    def read(path):
        """The model gnmt of one layer that backstitch wrote as a safetensors file."""
        arrays = read_safetensors(path)
        (V, E), H = arrays["decoder.embedding.weight"].shape, arrays["decoder.attention.v"].shape[0]
        made = Translator("gnmt", V, E, H, sources=arrays["encoder.embedding.weight"].shape[0])
        names = {"source.weight": "encoder.embedding.weight", "target.weight": "decoder.embedding.weight"}
        names |= {"bias": "output.bias", "attention.v": "decoder.attention.v"}
        parts = ("attention.query.weight", "attention.key.weight", "attention.key.bias")
        for part in (*parts, "bridge.weight", "bridge.bias", "readout.weight", "readout.bias"):
            names[part] = f"decoder.{part}"
        layers = {"encoder": "encoder.recurrent.layers.0", "decoder": "decoder.lowest.layers.0"}
        for name, layer in layers.items():
            for end, way in (("l0", "forward"), ("l0_reverse", "backward")):
                for weight, kind in (("weight_ih", "wIh"), ("weight_hh", "wHh"), ("bias_ih", "bias")):
                    if f"{layer}.{way}.{kind}" in arrays:
                        names[f"{name}.{weight}_{end}"] = f"{layer}.{way}.{kind}"
        state = made.state_dict()
        # PyTorch adds two biases.
        zeros = {name: torch.zeros_like(value) for name, value in state.items() if "bias_hh" in name}
        made.load_state_dict({name: arrays[of] for name, of in names.items()} | zeros)
        return made

    def begin(self, sources):
        """sources [S B]: the memory, and the state h or (h, c) [B H]."""
        values, last = self.encoder(self.source(sources))
        h = last if self.is_gru else last[0]
        start = torch.tanh(self.bridge(torch.cat(list(h), -1)))
        return self.attention.prepare(values.transpose(0, 1).contiguous()), start.chunk(1 if self.is_gru else 2, -1)

    def reads(self, h, context):
        return torch.tanh(self.readout(torch.cat([h, context], -1)))

    def step(self, x, state, memory):
        """x [B*N E], state each [B*N H], where outputs are fed the last [B*N E] too: what the next token is told from
        [B*N E], and the state after."""
        rows, B = x.shape[0], memory[0].shape[0]

        def look(h):
            return self.attention(h.view(B, rows // B, -1), memory).view(rows, -1)

        cell, fed = (state[:-1], state[-1]) if self.feeds == "output" else (state, None)
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
        output = self.reads(cell[0], fed)
        return output, [*cell, output] if self.feeds == "output" else cell

    def loss(self, sources, inputs, targets):
        memory, state = self.begin(sources)
        x = self.target(inputs)
        if self.feeds == "none":
            start = state[0][None] if self.is_gru else tuple(part[None].contiguous() for part in state)
            h, _ = self.decoder(x, start)
            context = self.attention(h.transpose(0, 1), memory).transpose(0, 1)
            outputs = self.reads(h, context)
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
            outputs = self.reads(torch.stack(hs), torch.stack(contexts))
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
    def search(self, sources, T, K, ends=True, alpha=0.7):
        """The likeliest of K hypotheses for each sentence, at most T tokens each: lists of ids, without EOS.

        sources [S B], all of one length, so that nothing has to be masked. A hypothesis that has ended keeps its place
        among the K; of those the best by log P / length^alpha is chosen once all have ended. Sentences that are done leave
        the batch once they are a quarter of it. `ends` says whether any may end before T tokens.
        """
        memory, state = self.begin(sources)
        B = sources.shape[1]
        if self.feeds == "output":
            state = [*state, state[0].new_zeros(B, self.target.embedding_dim)]
        tokens, numbers, found = torch.full((B,), BOS), torch.arange(B), [None] * B
        scores, ids = torch.zeros(B, 1), torch.zeros(B, 1, 0, dtype=torch.long)
        ended = torch.zeros(B, 1, dtype=torch.bool)
        never = BOS + 1 if ends else EOS + 1

        def keep(rows):
            chosen, best = ids[rows], scores[rows]
            if K > 1:
                lengths = (chosen != EOS).sum(-1) + 1
                place = (best / lengths**alpha).argmax(-1)
                chosen = chosen.gather(1, place[:, None, None].expand(-1, 1, chosen.shape[2]))
            for number, one in zip(numbers[rows].tolist(), chosen[:, 0].tolist()):
                found[number] = one[: one.index(EOS)] if EOS in one else one

        for _ in range(T):
            output, state = self.step(self.target(tokens), state, memory)
            logits = linear(output, self.target.weight, self.bias)
            if K > 1:
                total = logits.logsumexp(-1, keepdim=True)
            logits[:, :never] = -float("inf")
            if K == 1:
                tokens = logits.argmax(-1)
                ids = torch.cat([ids, tokens[:, None, None]], -1)
                if ends:
                    ended = ended | (tokens == EOS)[:, None]
            else:
                rows, N, t = ids.shape
                # The K best of each row first, then of each sentence: the cheaper way to the same.
                best, at = (logits - total).topk(K, -1)
                best, at = best.view(rows, N, K), at.view(rows, N, K)
                if ends:
                    best = torch.where(ended[..., None], stays(K), best)
                    at = at.masked_fill(ended[..., None], EOS)
                scores, chosen = (scores[..., None] + best).flatten(1).topk(K, -1)
                parents = chosen // K
                at = at.flatten(1).gather(1, chosen)
                tokens = at.flatten()
                chosen = (parents + N * torch.arange(rows)[:, None]).flatten()
                state = [part.index_select(0, chosen) for part in state]
                ids = torch.cat([ids.flatten(0, 1).index_select(0, chosen).view(rows, K, t), at[..., None]], -1)
                if ends:
                    ended = at == EOS
            if not ends:
                continue
            done = ended.all(-1)
            count = int(done.sum())
            if count == len(done):
                break
            if 4 * count >= len(done):
                keep(done)
                left = (~done).nonzero()[:, 0]
                rows = (left[:, None] * ids.shape[1] + torch.arange(ids.shape[1])).flatten()
                memory = [part.index_select(0, left) for part in memory]
                state = [part.index_select(0, rows) for part in state]
                tokens = tokens.index_select(0, rows)
                numbers, scores, ids, ended = (part.index_select(0, left) for part in (numbers, scores, ids, ended))
        keep(torch.ones(len(ids), dtype=torch.bool))
        return found


def stays(K):
    """What a hypothesis that has ended goes on with: itself, at no cost, and nothing else."""
    return torch.tensor([0.0] + [-float("inf")] * (K - 1))


def read_safetensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = bytearray(file.read())
    arrays = {}
    for name, told in header.items():
        if name != "__metadata__":
            begin, end = told["data_offsets"]
            arrays[name] = torch.frombuffer(data[begin:end], dtype=torch.float32).view(told["shape"])
    return arrays
