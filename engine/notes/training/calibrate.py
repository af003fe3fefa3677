#!/usr/bin/env python3
"""Fits the weights in engine/notes/adapters.rs: how far a verdict is to be trusted, by what else is known of a pair.

usage: calibrate.py COPYDESK MODEL.gguf [STORIES]

Takes the stories that data.py keeps out of training (at most STORIES of them) and the half of tests/prose that rules may be written with, each
as it stands (one contradiction) and with its twin (none). Lays each out as a book of two chapters, has copydesk read it and list the pairs it put
to the model, and fits a logistic regression that is drawn towards what each sign means where the pairs are too few to tell. Needs numpy. Prints
the weights, and how many contradictions and twins are found at some thresholds, each half of the stories with the weights of the other half.
"""
import hashlib, json, pathlib, re, subprocess, sys, tempfile
import numpy as np

HERE = pathlib.Path(__file__).parent
SIGNS = ["constant", "model", "differ", "likeness", "restated", "same_attribute", "denial", "lasting", "only_read", "said", "thing", "dead", "changed", "sure", "unchanged", "owner_only"]
# What a sign is taken to weigh before any pair was seen.
MEANT = np.array([0, 1, 1, 0, -2, 0, 0, 0, -0.3, 0, -0.2, 1, -0.5, 1, 0.5, -1])
STRENGTH = 3


def number(text):
    return int(hashlib.sha256(text.encode()).hexdigest(), 16)


def kept():
    """Stories as dictionaries: id, two chapters, the twin of the second, and the two sentences that contradict each other."""
    files = [HERE / "data" / "items.jsonl", *sorted((HERE / "data").glob("plain-*.jsonl"))]
    rows = [json.loads(line) for file in files for line in file.open() if line.strip()]
    rows = [row for row in rows if number(row["id"]) % 16 == 0 and str(row["conflict"]["b"]) in row["ok"]]
    # In an order that mixes the files, so that a smaller number of them is a fair sample.
    for row in sorted(rows, key=lambda row: hashlib.sha256(row["id"].encode()).hexdigest()):
        twin = [row["ok"].get(str(place), sentence) for place, sentence in enumerate(row["b"], 1)]
        quotes = row["a"][row["conflict"]["a"] - 1], row["b"][row["conflict"]["b"] - 1]
        yield dict(id=row["id"], first=" ".join(row["a"]), second=" ".join(row["b"]), twin=" ".join(twin), quotes=quotes)


def prose():
    text = (HERE.parents[2] / "tests" / "prose" / "tuning.md").read_text()
    for block in text.split("\n## ")[1:]:
        head, rest = block.split("\n", 1)
        if rest.startswith("bible: "):
            continue
        first, rest = rest.split("\n--\n", 1)
        second, rest = rest.split("\n== ", 1)
        marked = [re.search(r"\{(.*?)\}", chapter, re.S).group(1).strip() for chapter in (first, second)]
        plain = lambda chapter: chapter.replace("{", "").replace("}", "")
        yield dict(id=head, first=plain(first), second=plain(second), twin=rest.split("\n", 1)[1], quotes=marked)


def pairs(program, model, story, which, place):
    """The pairs of a story: their numbers, and whether each is the planted contradiction."""
    book = place / hashlib.sha256((story["id"] + which).encode()).hexdigest()[:16]
    (book / "scripts").mkdir(parents=True)
    (book / "01.md").write_text(story["first"] + "\n")
    (book / "02.md").write_text(story[which] + "\n")
    (book / "scripts" / "calibrate.rhai").write_text((HERE / "calibrate.rhai").read_text())
    subprocess.run([program, "allow", "calibrate", str(book)], capture_output=True)
    command = [program, "run", "calibrate", str(book), "--state", str(place / "state"), "--format", "json", "--model", model, "--no-reports"]
    result = json.loads(subprocess.run(command, capture_output=True, text=True).stdout)
    meets = lambda evidence, sentence: evidence["quote"].strip() in sentence or sentence in evidence["quote"]
    for line in (line for each in result["results"] for note in each.get("notes", []) for line in note["lines"]):
        planted = which == "second" and all(meets(*both) for both in zip(line["evidence"], story["quotes"]))
        yield [float(word) for word in line["text"].split()], planted


def odds(probability):
    probability = np.clip(probability, 0.001, 0.999)
    return np.log(probability / (1 - probability))


def fit(x, y):
    weights = MEANT.copy()
    for _ in range(20_000):
        p = 1 / (1 + np.exp(-x @ weights))
        weights -= 0.3 / len(y) * (x.T @ (p - y) + STRENGTH * np.r_[0, (weights - MEANT)[1:]])
    return weights


def main():
    program, model = str(pathlib.Path(sys.argv[1]).resolve()), str(pathlib.Path(sys.argv[2]).resolve())
    stories = [*list(kept())[: int(sys.argv[3]) if len(sys.argv) > 3 else None], *prose()]
    x, y, ids = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        for place, story in enumerate(stories):
            for which in ("second", "twin"):
                for numbers, planted in pairs(program, model, story, which, pathlib.Path(folder)):
                    x.append([1.0, odds(numbers[0]), *numbers[1:]])
                    y.append(float(planted))
                    ids.append((story["id"], which))
            print(f"{place + 1} of {len(stories)} stories, {len(y)} pairs", file=sys.stderr, flush=True)
    x, y = np.array(x), np.array(y)
    half = np.array([number(story) // 16 % 2 for story, _ in ids])
    p = np.zeros(len(y))
    for side in (0, 1):
        p[half == side] = 1 / (1 + np.exp(-x[half == side] @ fit(x[half != side], y[half != side])))
    print(f"{len(y)} pairs, {int(y.sum())} of them planted; {len(stories)} stories")
    for threshold in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7):
        found = {story for (story, _), planted, probability in zip(ids, y, p) if planted and probability >= threshold}
        twins = {story for (story, which), probability in zip(ids, p) if which == "twin" and probability >= threshold}
        print(f"  from {threshold}: found {len(found)}, twins flagged {len(twins)}")
    weights = fit(x, y)
    weights[0] -= odds(y.mean())
    print("weights: [" + ", ".join(f"{weight:.2f}" for weight in weights) + "],")
    for name, weight in zip(SIGNS, weights):
        print(f"  {name:16} {weight:6.2f}")


if __name__ == "__main__":
    main()
