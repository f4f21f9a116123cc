"""A tagger with two heads: what part of speech each word of a sentence is, and whether it is somebody's name."""

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

tagged = """
will/noun* may/aux see/verb may/noun*
may/noun* will/aux hunt/verb the/article old/adjective whale/noun
the/article captain/noun will/aux hunt/verb
the/article old/adjective captain/noun may/aux hunt/verb will/noun*
see/verb the/article white/adjective whale/noun
the/article white/adjective whale/noun may/aux see/verb the/article ship/noun
hunt/verb the/article whale/noun
may/noun* may/aux see/verb will/noun*
will/noun* will/aux see/verb the/article captain/noun
"""
tokens = [
    [token.strip("*").split("/") + [token[-1] == "*"] for token in line.split()] for line in tagged.split("\n")[1:-1]
]
words = sorted({word for sentence in tokens for word, _, _ in sentence})
tags = sorted({tag for sentence in tokens for _, tag, _ in sentence})


class Tagger(nn.Module):
    def __init__(self, word_count, tag_count):
        super().__init__()
        self.embedding = nn.Embedding(word_count, 16)
        self.gru = nn.GRU(16, 32, bidirectional=True)
        self.tag = nn.Linear(64, tag_count)
        self.name = nn.Linear(64, 2)

    def forward(self, words, lengths):
        packed = pack_padded_sequence(self.embedding(words), lengths, enforce_sorted=False)
        y, _ = pad_packed_sequence(self.gru(packed)[0])
        return self.tag(y), self.name(y)


def pad(number, padding):
    return pad_sequence([torch.tensor([number(*token) for token in line]) for line in tokens], padding_value=padding)


inputs = pad(lambda word, tag, is_name: words.index(word), 0)
tag_targets = pad(lambda word, tag, is_name: tags.index(tag), -100)
name_targets = pad(lambda word, tag, is_name: int(is_name), -100)
lengths = torch.tensor([len(line) for line in tokens])

torch.manual_seed(1)
model = Tagger(len(words), len(tags))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for step in range(1, 51):
    tag_logits, name_logits = model(inputs, lengths)
    tag_loss = cross_entropy(tag_logits.flatten(0, 1), tag_targets.flatten())
    name_loss = cross_entropy(name_logits.flatten(0, 1), name_targets.flatten())
    optimizer.zero_grad()
    (tag_loss + name_loss).backward()
    optimizer.step()
    if step % 10 == 0:
        print(f"step {step} tags {tag_loss.item():.3f} names {name_loss.item():.3f}")

sentence = "may may hunt the captain".split()
with torch.no_grad():
    tag_logits, name_logits = model(torch.tensor([[words.index(word)] for word in sentence]), torch.tensor([5]))
for word, tag, name in zip(sentence, tag_logits.argmax(-1), name_logits.argmax(-1)):
    print(word, tags[tag], "name" if name else "")
