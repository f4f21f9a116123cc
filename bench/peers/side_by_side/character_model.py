"""A character language model: reads a text in chunks, carries its state along, and then writes."""

import torch
from torch import nn
from torch.nn.functional import cross_entropy

text = "peter piper picked a peck of pickled peppers. a peck of pickled peppers peter piper picked. " * 20
characters = sorted(set(text))
ids = torch.tensor([characters.index(character) for character in text])
streams = ids[: len(ids) // 4 * 4].view(4, -1).t()


class CharacterModel(nn.Module):
    def __init__(self, vocabulary_size, hidden_size):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, 16)
        self.lstm = nn.LSTM(16, hidden_size)
        self.output = nn.Linear(hidden_size, vocabulary_size)

    def forward(self, tokens, state=None):
        y, state = self.lstm(self.embedding(tokens), state)
        return self.output(y), state


torch.manual_seed(1)
model = CharacterModel(len(characters), 64)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(1, 11):
    state = None
    for start in range(0, len(streams) - 1, 20):
        targets = streams[start + 1 : start + 21]
        logits, state = model(streams[start : start + len(targets)], state)
        state = tuple(part.detach() for part in state)
        loss = cross_entropy(logits.flatten(0, 1), targets.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1)
        optimizer.step()
    print(f"epoch {epoch} loss {loss.item():.3f}")

written, state = "p", None
with torch.no_grad():
    for _ in range(45):
        logits, state = model(torch.tensor([[characters.index(written[-1])]]), state)
        written += characters[logits.argmax()]
print(written)
