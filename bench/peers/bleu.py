"""BLEU, chrF and TER of a corpus by sacreBLEU, beside bench/bleu.ts.

Told {"hypotheses", "references"} first; then asked {"metric": name, "seconds": s}: answers {"seconds", "score"}. A fresh metric
each time, and its cache of tokenized lines emptied, so that every call does the whole work.
"""

import sacrebleu
from sacrebleu.metrics import BLEU, CHRF, TER
from sacrebleu.tokenizers import tokenizer_13a, tokenizer_re, tokenizer_ter
from timing import serve, typical

makers = {"bleu": BLEU, "chrf": CHRF, "ter": TER}
caches = [tokenizer_13a.Tokenizer13a.__call__, tokenizer_re.TokenizerRegexp.__call__, tokenizer_ter.TercomTokenizer.__call__]
corpus = {}


def answer(request):
    if "hypotheses" in request:
        corpus.update(request)
        return {}

    def score():
        for cache in caches:
            cache.cache_clear()
        return makers[request["metric"]]().corpus_score(corpus["hypotheses"], [corpus["references"]]).score

    return {"seconds": typical(score, request["seconds"]), "score": score()}


serve(f"sacrebleu {sacrebleu.__version__}", answer)
