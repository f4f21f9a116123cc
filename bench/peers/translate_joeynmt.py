"""Translation models of JoeyNMT, beside bench/translate.ts.

Asked {"make": {model, V, E, H, S, T, B}}: makes the nearest model that JoeyNMT has with random weights, tries every setting
for each kind of work, keeps the fastest, and answers {kind of work: its name}. Asked {"work": kind, "seconds": s, "least":
n}: answers {"seconds": what it takes once}.

Its model, its loss and its searches are called as its TrainManager and its `predict` call them. A search has T tokens, no
more and no fewer (`min_output_length` and `max_output_length`); with a beam its length penalty is on, as in all of its
configurations, and attention and probabilities are not asked for. Gradients are off by inference_mode, which is faster
than the no_grad it has itself.

Where its models differ from ours:

  all            what scores the next token is H wide, not E, and its table is one of its own, not the embedding's
                 h and c of an LSTM begin with the same projection
  bahdanau       the attention asks with the state after the step, and what is fed is its output, H wide, instead of the
                 context, 2 H wide
  luong-feeding  its encoder reads both ways or not at all, so here with H / 2 units each way: a memory as wide as ours
  gnmt           no step waits for the one before, but it goes through a sequence step by step in training too
"""

import logging
import os
from types import SimpleNamespace

from timing import absent, fastest, serve, typical

try:
    import torch
    from joeynmt.batch import Batch
    from joeynmt.builders import build_gradient_clipper, build_optimizer
    from joeynmt.model import build_model
    from joeynmt.search import search
    from joeynmt.vocabulary import Vocabulary
    from maths import each_math
except ImportError as error:
    absent(f"{error}; python3 -m pip install joeynmt importlib_metadata")

import importlib.metadata

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
torch.set_flush_denormal(True)
torch.manual_seed(1)
logging.disable(logging.INFO)

UNK, PAD, BOS, EOS = 0, 1, 2, 3


def make_vocabulary(V):
    names = {"unk_token": "<unk>", "pad_token": "<pad>", "bos_token": "<s>", "eos_token": "</s>", "sep_token": None}
    ids = {"unk_id": UNK, "pad_id": PAD, "bos_id": BOS, "eos_id": EOS, "sep_id": None}
    return Vocabulary([str(id) for id in range(4, V)], SimpleNamespace(**names, **ids, lang_tags=[]))


def make_model(model, V, E, H):
    sizes = {"type": "recurrent", "num_layers": 1, "dropout": 0.0, "embeddings": {"embedding_dim": E}}
    sizes["rnn_type"] = "gru" if model == "bahdanau" else "lstm"
    narrow = H // 2 if model == "luong-feeding" else H
    config = {
        "encoder": {**sizes, "hidden_size": narrow, "bidirectional": True},
        "decoder": {
            **sizes,
            "hidden_size": H,
            "attention": "luong" if model == "luong-feeding" else "bahdanau",
            "input_feeding": model != "gnmt",
            "init_hidden": "bridge",
        },
    }
    vocabulary = make_vocabulary(V)
    made = build_model(config, vocabulary, vocabulary)
    made.loss_function = ("crossentropy", 0.1)
    return made


def make_batch(V, S, T, B, with_targets):
    sources = torch.cat([torch.randint(4, V, (B, S - 1)), torch.full((B, 1), EOS)], 1)
    ends = [torch.full((B, 1), id) for id in (BOS, EOS)]
    targets = torch.cat([ends[0], torch.randint(4, V, (B, T - 1)), ends[1]], 1) if with_targets else None
    return Batch(
        src=sources,
        src_length=torch.full((B,), S),
        src_prompt_mask=None,
        trg=targets,
        trg_prompt_mask=None,
        indices=torch.arange(B),
        device=torch.device("cpu"),
        pad_index=PAD,
        eos_index=EOS,
    )


def make_works(model, V, E, H, S, T, B):
    """For each kind of work, by the name of a setting: what does it once."""
    network = make_model(model, V, E, H)
    pairs, sources = make_batch(V, S, T, B, True), make_batch(V, S, T, B, False)
    clip = build_gradient_clipper({"clip_grad_val": None, "clip_grad_norm": 1.0})
    weights = list(network.parameters())
    adam = build_optimizer({"optimizer": "adam", "learning_rate": 1e-3}, weights)
    # Which no option of its own asks for.
    fused = torch.optim.Adam(weights, lr=1e-3, fused=True)

    def training(adam):
        """As TrainManager.train_and_validate and _train_step do it."""

        def step():
            network.train()
            pairs.sort_by_src_length()
            with torch.autocast(device_type="cpu", enabled=False):
                loss, _, _, correct = network(return_type="loss", **vars(pairs))
            loss = pairs.normalize(loss, normalization="tokens", n_gpu=0, n_accumulation=1)
            loss.backward()
            loss.item(), correct.item()
            clip(parameters=network.parameters())
            adam.step()
            network.zero_grad()

        return step

    def decode(beam_size):
        def run():
            network.eval()
            sources.sort_by_src_length()
            with torch.inference_mode():
                found, _, _ = search(
                    model=network,
                    batch=sources,
                    max_output_length=T,
                    min_output_length=T,
                    beam_size=beam_size,
                    beam_alpha=1.0,
                    return_prob="none",
                )
            assert found.shape == (B, T)

        return run

    return {
        "training": each_math(training(adam), ", its Adam") | each_math(training(fused), ", fused Adam"),
        "greedy": each_math(decode(1)),
        "beam 5": each_math(decode(5)),
    }


current = {}


def answer(request):
    if "make" not in request:
        return {"seconds": typical(current[request["work"]], request["seconds"], request["least"])}
    works = make_works(**request["make"])
    if not current:
        # PyTorch is slow at what it does for the first time.
        for settings in works.values():
            next(iter(settings.values()))()
    names = {kind: fastest(settings, least=1) for kind, settings in works.items()}
    current.update({kind: works[kind][name] for kind, name in names.items()})
    return names


serve(f"joeynmt {importlib.metadata.version('joeynmt')}, torch {torch.__version__}", answer)
