#!/usr/bin/env python3
"""Fits the weights in engine/notes/verdict.rs: how far a verdict is to be trusted, by what else is known of a pair.

usage: calibrate.py COPYDESK MODEL.gguf [STORIES]

Takes the stories that data.py keeps out of training, each as it stands (one contradiction) and with its twin (none), lays them out as books of
two chapters, lets copydesk read them and list the pairs it put to the model, and fits a logistic regression. Needs numpy. Prints the weights,
and how many stories' contradictions and twins are found at some thresholds, with the weights fitted on the other half of the stories.
"""
import hashlib, json, pathlib, subprocess, sys, tempfile
import numpy as np

HERE = pathlib.Path(__file__).parent
GROUP = 24  # stories in one series: pairs are also made across its books, as in a real series
SIGNS = ["constant", "model", "differ", "likeness", "restated", "same_attribute", "denial", "lasting", "only_read", "said", "thing", "dead"]


def stories():
    files = [HERE / "data" / "items.jsonl", *sorted((HERE / "data").glob("plain-*.jsonl"))]
    rows = [json.loads(line) for file in files for line in file.open() if line.strip()]
    kept = [row for row in rows if int(hashlib.sha256(row["id"].encode()).hexdigest(), 16) % 16 == 0]
    # In an order that mixes the files, so that a smaller number of them is a fair sample.
    kept.sort(key=lambda row: hashlib.sha256(row["id"].encode()).hexdigest())
    return [row for row in kept if str(row["conflict"]["b"]) in row["ok"]]


def chapter(sentences):
    return " ".join(sentences) + "\n"


def pairs(program, model, rows, which, place):
    """The pairs of some stories: signs, whether it is the planted contradiction, and the story."""
    for number, row in enumerate(rows):
        book = place / "books" / f"book-{number:02}"
        book.mkdir(parents=True, exist_ok=True)
        second = [row["ok"].get(str(k), s) if which == "twin" else s for k, s in enumerate(row["b"], 1)]
        (book / "01.md").write_text(chapter(row["a"]))
        (book / "02.md").write_text(chapter(second))
    scripts = place / "books" / "scripts"
    scripts.mkdir(exist_ok=True)
    (scripts / "calibrate.rhai").write_text((HERE / "calibrate.rhai").read_text())
    subprocess.run([program, "allow", "calibrate", str(place / "books")], capture_output=True)
    command = [program, "run", "calibrate", str(place / "books"), "--state", str(place / "state"), "--format", "json", "--model", model, "--no-reports"]
    done = subprocess.run(command, capture_output=True, text=True)
    result = json.loads(done.stdout)
    found = []
    for line in (line for each in result["results"] for note in each.get("notes", []) for line in note["lines"]):
        numbers = [float(word) for word in line["text"].split()]
        earlier, later = line["evidence"][0], line["evidence"][1]
        story = int(earlier["file"].split("/")[0].split("-")[1])
        row = rows[story]
        meets = lambda quote, sentence: quote.strip() in sentence or sentence in quote
        planted = which == "b" and earlier["file"].endswith("01.md") and later["file"] == earlier["file"].replace("01.md", "02.md") \
            and meets(earlier["quote"], row["a"][row["conflict"]["a"] - 1]) and meets(later["quote"], row["b"][row["conflict"]["b"] - 1])
        found.append((numbers, planted, row["id"]))
    return found


def features(rows):
    odds = lambda p: np.log(min(max(p, 0.001), 0.999) / (1 - min(max(p, 0.001), 0.999)))
    return np.array([[1.0, odds(numbers[0]), *numbers[1:]] for numbers, _, _ in rows]), np.array([planted for _, planted, _ in rows], float)


def fit(x, y, strength=0.02):
    weights = np.zeros(x.shape[1])
    for _ in range(4000):
        p = 1 / (1 + np.exp(-x @ weights))
        weights -= 0.5 * (x.T @ (p - y) / len(y) + strength * np.r_[0, weights[1:]] / 10)
    return weights


def main():
    program, model = str(pathlib.Path(sys.argv[1]).resolve()), str(pathlib.Path(sys.argv[2]).resolve())
    rows = stories()[: int(sys.argv[3]) if len(sys.argv) > 3 else None]
    all_pairs = []
    with tempfile.TemporaryDirectory() as folder:
        for start in range(0, len(rows), GROUP):
            place = pathlib.Path(folder) / str(start)
            for which in ("b", "twin"):
                all_pairs += [(*pair, which) for pair in pairs(program, model, rows[start : start + GROUP], which, place)]
            print(f"{min(start + GROUP, len(rows))} of {len(rows)} stories, {len(all_pairs)} pairs", file=sys.stderr, flush=True)
    json.dump(all_pairs, open(HERE / "pairs.json", "w"))
    x, y = features([pair[:3] for pair in all_pairs])
    half = np.array([int(hashlib.sha256(pair[2].encode()).hexdigest(), 16) // 16 % 2 for pair in all_pairs])
    p = np.zeros(len(y))
    for side in (0, 1):
        p[half == side] = 1 / (1 + np.exp(-x[half == side] @ fit(x[half != side], y[half != side])))
    print(f"{len(y)} pairs, {int(y.sum())} of them planted; {len(rows)} stories")
    for threshold in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7):
        told = [pair for pair, prob in zip(all_pairs, p) if prob >= threshold]
        right = {pair[2] for pair in told if pair[1]}
        print(f"  from {threshold}: found {len(right)}, other pairs {sum(not pair[1] for pair in told)}, twins flagged {len({pair[2] for pair in told if pair[3] == 'twin'})}")
    weights = fit(x, y)
    # In use the constant is added to the prior of verdict.rs; here every story has one contradiction.
    weights[0] -= np.log(y.mean() / (1 - y.mean()))
    print("const WEIGHTS: [f64; 12] = [" + ", ".join(f"{weight:.2f}" for weight in weights) + "];")
    for name, weight in zip(SIGNS, weights):
        print(f"  {name:16} {weight:6.2f}")


if __name__ == "__main__":
    main()
