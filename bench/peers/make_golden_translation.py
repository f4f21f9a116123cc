"""Makes test/golden/translation.json: BLEU, chrF and TER of sacreBLEU for sentences of many kinds.

    pip install sacrebleu==2.6.0 && python3 bench/peers/make_golden_translation.py
"""

import json
import random
from pathlib import Path

import sacrebleu
from sacrebleu.metrics import BLEU, CHRF, TER

random.seed(1)
words = (
    "the a cat dog house small green quickly runs under over of and to it's 1,000 3.5 2024 U.S. e-mail (maybe) "
    '"quoted" end. stop, yes! no? £5 naïve über 東京 日本語 привет 😀 👩‍👩‍👧 x-ray &amp; a/b <skipped> 1-2 ... ; : %'
).split()


def sentence(length):
    return " ".join(random.choice(words) for _ in range(length))


def vary(text):
    out = []
    for word in text.split(" "):
        chance = random.random()
        if chance < 0.1:
            continue
        if chance < 0.2:
            out.append(random.choice(words))
        if chance < 0.25:
            out.append(word.upper())
            continue
        out.append(word)
    if len(out) > 3 and random.random() < 0.4:
        start = random.randrange(len(out) - 2)
        block, out = out[start : start + 2], out[:start] + out[start + 2 :]
        place = random.randrange(len(out) + 1)
        out = out[:place] + block + out[place:]
    return " ".join(out)


first = [sentence(random.choice([1, 2, 3, 5, 8, 13, 21, 40])) for _ in range(60)]
second = [vary(text) for text in first]
hypotheses = [vary(text) for text in first]
fixed = [
    ("the the the the the the the", "The cat is on the mat.", "There is a cat on the mat."),
    ("the cat the cat on the mat", "The cat is on the mat.", "There is a cat on the mat."),
    ("", "empty", "nothing here"),
    ("something", "", "some thing"),
    ("  spaces\there \u00a0 and\u3000there  ", "spaces here and there", "spaces, here and there."),
    ("It's 3.14, no - 2.71: yes.", "It's 3.14; no - 2,71: yes.", "Its 3.14 no 2.71 yes"),
    ("Hello , world .", "Hello, world.", "hello world"),
    ("a b c d e f g h", "e f g h a b c d", "h g f e d c b a"),
    (" ".join(f"w{i}" for i in range(90)), " ".join(f"w{(i * 7) % 90}" for i in range(90)), "w1 w2"),
    ("short", " ".join(f"w{i}" for i in range(120)), "short one"),
    ("「こんにちは」、世界。", "「こんばんは」、世界！", "世界、こんにちは。"),
    ("line one\nline two-\nthree &quot;x&quot; &lt;b&gt;", 'line one line two three "x" <b>', "line"),
]
for hypothesis, one, two in fixed:
    hypotheses.append(hypothesis)
    first.append(one)
    second.append(two)

metrics = {
    "bleu": [
        {"tokenize": tokenize, "smooth_method": smooth, "lowercase": lowercase}
        for tokenize in ("13a", "intl", "char", "none")
        for smooth in ("exp", "floor", "add-k", "none")
        for lowercase in (False, True)
    ]
    + [
        {"tokenize": "13a", "effective_order": True},
        {"tokenize": "13a", "max_ngram_order": 2},
        {"tokenize": "13a", "smooth_method": "floor", "smooth_value": 0.5},
        {"tokenize": "13a", "smooth_method": "add-k", "smooth_value": 2, "effective_order": True},
    ],
    "chrf": [
        {"word_order": word_order, "lowercase": lowercase, "whitespace": whitespace, "eps_smoothing": eps}
        for word_order in (0, 1, 2)
        for lowercase in (False, True)
        for whitespace in (False, True)
        for eps in (False, True)
    ]
    + [{"beta": 1}, {"char_order": 3}],
    "ter": [
        {"normalized": normalized, "no_punct": no_punct, "asian_support": asian, "case_sensitive": case}
        for normalized in (False, True)
        for no_punct in (False, True)
        for asian in (False, True)
        for case in (False, True)
    ],
}
kinds = {"bleu": BLEU, "chrf": CHRF, "ter": TER}
cases = []
for kind, settings in metrics.items():
    for options in settings:
        metric = kinds[kind](**options)
        corpus = {}
        for name, references in (("one", [first]), ("two", [first, second])):
            score = metric.corpus_score(hypotheses, references)
            corpus[name] = {"score": score.score, "signature": str(metric.get_signature())}
        case = {"kind": kind, "options": options, "corpus": corpus}
        if len(cases) % 3 == 0 or options.get("effective_order"):
            case["sentences"] = [
                metric.sentence_score(hypothesis, [a, b]).score for hypothesis, a, b in zip(hypotheses, first, second)
            ]
        cases.append(case)

made = {
    "origin": f"sacreBLEU {sacrebleu.__version__}, bench/peers/make_golden_translation.py, seed 1",
    "hypotheses": hypotheses,
    "first": first,
    "second": second,
    "cases": cases,
}
path = Path(__file__).parents[2] / "test/golden/translation.json"
path.write_text(json.dumps(made, ensure_ascii=False) + "\n")
