"""Token ids for a voice adapter, out of what `copydesk dataset BOOKS --for voice` wrote (forms text and messages). usage: voice.py MODEL.gguf FOLDER OUT.npz

The rest is as for the reader: pack.py, train.py, lora.py. A window of prose is learnt whole; of messages, only what is answered."""
import json, sys
import numpy as np
from data import IM_E, IM_S, tokenizer

def pieces(lesson):
    """What a lesson is made of: text or token, and whether it is learnt."""
    if "text" in lesson: return [(lesson["text"], 1), (IM_E, 1)]
    out = []
    for m in lesson["messages"]:
        learnt = int(m["role"] == "assistant"); out += [(IM_S, 0), (m["role"] + "\n", 0), (m["content"], learnt), (IM_E, learnt), ("\n", 0)]
    return out

def rows(tk, path):
    for line in open(path):
        ids, mask = [], []
        for piece, learnt in pieces(json.loads(line)):
            new = [piece] if isinstance(piece, int) else tk.encode(piece, add_special_tokens=False).ids; ids += new; mask += [learnt] * len(new)
        yield ids, mask

if __name__ == "__main__":
    tk = tokenizer(sys.argv[1]); sets = {n: list(rows(tk, f"{sys.argv[2]}/{f}.jsonl")) for n, f in (("train", "train"), ("dev", "held-out"))}
    used = set(range(16000)) | {t for r in sets.values() for ids, _ in r for t in ids} | {IM_E}; keep = np.array(sorted(used)); back = {int(t): i for i, t in enumerate(keep)}
    one = lambda w: [back[tk.encode(w, add_special_tokens=False).ids[0]]]; save = dict(keep=keep, end=[back[IM_E]], yes=one("yes"), no=one("no"))
    for name, r in sets.items():
        save.update({name + "_ids": np.array([back[t] for ids, _ in r for t in ids], np.int32), name + "_mask": np.array([x for _, m in r for x in m], np.int8),
                     name + "_off": np.cumsum([0] + [len(ids) for ids, _ in r]), name + "_kind": np.full(len(r), 2, np.int8)})  # 2: learnt as summaries are, each token alike
        print(name, len(r), "lessons,", len(save[name + "_ids"]), "tokens")
    np.savez_compressed(sys.argv[3], **save); np.save(sys.argv[3].replace(".npz", ".keep.npy"), keep)
