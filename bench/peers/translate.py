"""Translation models in PyTorch, beside bench/translate.ts.

Asked {"make": {model, V, E, H, S, T, B}}: makes the model with random weights, tries every setting for each kind of work,
keeps the fastest, and answers {kind of work: its name}. Asked {"read": {path, sources, limit}}: the same with the weights
of a trained model and its sources, lists of ids, for a search of at most so many tokens; only searches are asked of it.
Asked {"work": kind, "seconds": s, "least": n}: answers {"seconds": what it takes once}. Asked {"outputs": kind}: answers {"outputs":
what a search finds}, lists of ids.

Training is a step of Adam on B pairs of S and T tokens. A search over random weights is one over B sentences at once, none
of which ends before T tokens. One over real sentences takes those of one length together.
"""

import os

import torch
from maths import each_math
from timing import fastest, serve, typical
from torch import nn
from translator import BOS, Translator

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
torch.set_flush_denormal(True)
torch.manual_seed(1)

BEAMS = {"greedy": 1, "beam 5": 5}
# Sentences of one length that a search takes together: 64 are slower, greedy and with a beam.
AT_ONCE = 256


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

    def search(K):
        return lambda: network.search(sources, T, K, ends=False)

    return {
        "training": each_math(training(True), ", fused Adam") | each_math(training(False), ", foreach Adam"),
        **{kind: each_math(search(K)) for kind, K in BEAMS.items()},
    }


def read_works(path, sources, limit):
    network = Translator.read(path)
    groups = {}
    for number, source in enumerate(sources):
        groups.setdefault(len(source), []).append(number)

    def search(K):
        def run():
            found = [None] * len(sources)
            for group in groups.values():
                for at in range(0, len(group), AT_ONCE):
                    numbers = group[at : at + AT_ONCE]
                    batch = torch.tensor([sources[number] for number in numbers]).T.contiguous()
                    for number, ids in zip(numbers, network.search(batch, limit, K)):
                        found[number] = ids
            return found

        return run

    return {kind: each_math(search(K)) for kind, K in BEAMS.items()}


current = {}


def answer(request):
    if "outputs" in request:
        return {"outputs": current[request["outputs"]]()}
    if "work" in request:
        return {"seconds": typical(current[request["work"]], request["seconds"], request["least"])}
    reads = "read" in request
    works = read_works(**request["read"]) if reads else make_works(**request["make"])
    names = {kind: fastest(settings, least=1 if reads else 2) for kind, settings in works.items()}
    current.update({kind: works[kind][name] for kind, name in names.items()})
    return names


serve(f"torch {torch.__version__}", answer)
