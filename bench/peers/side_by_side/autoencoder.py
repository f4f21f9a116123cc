"""A sequence autoencoder: reads a word into one vector of numbers, and spells it again from that."""

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

words = "ahab boat captain crew deck harpoon ishmael mast ocean oil pequod queequeg sail ship starbuck whale".split()
letters = ["<begin>", "<end>"] + sorted(set("".join(words)))
spelled = [[letters.index(letter) for letter in word] for word in words]


class Autoencoder(nn.Module):
    def __init__(self, letter_count, code_size):
        super().__init__()
        self.embedding = nn.Embedding(letter_count, 16)
        self.encoder = nn.GRU(16, code_size)
        self.decoder = nn.GRU(16, code_size)
        self.output = nn.Linear(code_size, letter_count)

    def encode(self, letters, lengths):
        packed = pack_padded_sequence(self.embedding(letters), lengths, enforce_sorted=False)
        return self.encoder(packed)[1]

    def decode(self, letters, state):
        y, state = self.decoder(self.embedding(letters), state)
        return self.output(y), state


inputs = pad_sequence([torch.tensor([0] + word) for word in spelled])
targets = pad_sequence([torch.tensor(word + [1]) for word in spelled], padding_value=-100)
lengths = torch.tensor([len(word) + 1 for word in words])

torch.manual_seed(1)
model = Autoencoder(len(letters), 32)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for step in range(1, 101):
    code = model.encode(inputs, lengths)
    logits, _ = model.decode(inputs, code)
    loss = cross_entropy(logits.flatten(0, 1), targets.flatten()) + 0.01 * code.square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 20 == 0:
        print(f"step {step} loss {loss.item():.3f}")

with torch.no_grad():
    state = model.encode(inputs, lengths)
    tokens, written = inputs[:1], []
    for _ in range(len(inputs)):
        logits, state = model.decode(tokens, state)
        tokens = logits.argmax(-1)
        written.append(tokens[0].tolist())
for word, ids in zip(words, zip(*written)):
    print(word, "".join(letters[id] for id in ids).split("<end>")[0])
