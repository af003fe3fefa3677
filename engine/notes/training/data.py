"""Builds the training sets from data/: token ids, answer masks, task numbers. usage: data.py MODEL.gguf OUT.npz [GEN.jsonl]

Tasks: read (0), judge (1), gist (2), who (3). What the model is shown and what it answers stands in ../prompt.rs: the program must show exactly the same."""
import collections, glob, hashlib, json, os, random, re, sys
import numpy as np, gguf
from tokenizers import Tokenizer, models, pre_tokenizers, Regex
import plain
SYSTEM = "You read a novel for its copy editor."
IM_S, IM_E = 151644, 151645

def tokenizer(path):
    r = gguf.GGUFReader(path); toks = r.get_field("tokenizer.ggml.tokens").contents(); merges = r.get_field("tokenizer.ggml.merges").contents()
    vocab = {}
    for i, t in enumerate(toks): vocab.setdefault(t, i)
    tk = Tokenizer(models.BPE(vocab=vocab, merges=[tuple(m.split(" ")) for m in merges], ignore_merges=False))
    tk.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"), "isolated"),
                                               pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    return tk

def prompt(user): return [IM_S, "system\n" + SYSTEM, IM_E, "\n", IM_S, "user\n" + user, IM_E, "\n", IM_S, "assistant\n"]

def numbered(sents, breaks, before=None, people=None):
    out = []
    if people: out.append("People: " + "; ".join(people))
    if before: out.append("Before: " + " ".join(before))
    if out: out.append("")
    for i, s in enumerate(sents, 1):
        if i in breaks and i > 1: out.append("")
        out.append(f"{i} {s}")
    return "\n".join(out)

def notes_text(notes):
    return "\n".join("|".join([str(n[0]), n[1], n[2], n[3]] + list(n[4:5])) for n in notes) or "none"

def read_prompt(sents, breaks, before=None, people=None, job="Notes"): return numbered(sents, breaks, before, people) + f"\n\n{job}:"

def window(sents, i):
    """Sentence i (from 1) with two before and one after; the one that is meant begins with >."""
    return "\n".join(("> " if k == i else "") + sents[k - 1] for k in range(max(1, i - 2), min(len(sents), i + 1) + 1))

def judge_prompt(wa, wb, about, kind): return f"A\n{wa}\n\nB\n{wb}\n\n{about}, {kind}: can A and B both be true in one story?"

ORDERED = set("died alive knows learns unaware owns where married title rank promise at past".split())

def canonical(subject, people):
    w = subject.split(); hits = [p for p in people if p == subject or all(x in p.split() for x in w)]
    return hits[0] if len(hits) == 1 else subject

def is_name(s): return s[:1].isupper() and s not in ("The",) and not s.lower().startswith(("the ", "a ", "narrator", "scene")) and "'s " not in s and "’s " not in s

HERE = os.path.dirname(os.path.abspath(__file__))
def lines(name):
    p = os.path.join(HERE, "data", name)
    return [json.loads(l) for l in open(p) if l.strip()] if os.path.exists(p) else []
def every(pattern): return [x for p in sorted(glob.glob(os.path.join(HERE, "data", pattern))) for x in lines(os.path.basename(p))]
def load():
    """The written stories, the plain and the long ones, and the annotated passages."""
    written = lines("items.jsonl") + lines("long.jsonl") + every("plain-*.jsonl")
    items = [x for x in written if str(x["conflict"]["b"]) in x["ok"]] + plain.make(220, 1)
    return items, lines("real.jsonl")

def is_dev(x): return int(hashlib.sha256(x["id"].encode()).hexdigest(), 16) % 16 == 0

def okversion(x): return [x["ok"].get(str(i), s) for i, s in enumerate(x["b"], 1)]
def ok_notes(x):
    rep = {int(i) for i in x["ok"]}
    return sorted([n for n in x["notes_b"] if n[0] not in rep] + list(x["notes_ok"]), key=lambda n: n[0])

def breaks_for(rnd, sents):
    return {i for i, s in enumerate(sents, 1) if rnd.random() < (0.6 if s[:1] in "\"“‘'" else 0.12)}

def reads(rnd, x, others):
    """The read examples of one item: each passage alone, sometimes with people and with context; and joined with passages of other stories."""
    people = sorted({n[1] for n in x["notes_a"] + x["notes_b"] if is_name(n[1])}, key=len, reverse=True)
    keep = []
    for p in people:
        if not any(all(w in q.split() for w in p.split()) for q in keep): keep.append(p)
    out = []
    own, of_b = x.get("people_a"), x.get("people_b")  # of a long passage: who is known, also those that it does not name in full
    for sents, notes, known in ((x["a"], x["notes_a"], own), (x["b"], x["notes_b"], of_b), (okversion(x), ok_notes(x), of_b)):
        cast = None; notes = [list(n) for n in sorted(notes, key=lambda n: n[0])]
        if known: cast = list(known); rnd.shuffle(cast)
        elif rnd.random() < 0.5:
            cast = keep + [rnd.choice(o) for o in rnd.sample(others, min(rnd.randrange(0, 4), len(others)))]; rnd.shuffle(cast)
            for n in notes: n[1] = canonical(n[1], cast)
        before = None
        if len(sents) > 4 and rnd.random() < 0.25:
            k = rnd.choice([1, 2]); before = sents[:k]; sents = sents[k:]; notes = [[n[0] - k] + n[1:] for n in notes if n[0] > k]
        out.append((sents, notes, before, cast))
    return out

def join(rnd, parts):
    """Two or three passages as one, cast lists joined."""
    sents, notes, cast, br = [], [], [], set()
    some = any(p[3] for p in parts)
    for s, n, _, c in parts:
        off = len(sents); br.add(off + 1); br |= {off + b for b in breaks_for(rnd, s)}
        if some:
            c = c or sorted({m[1] for m in n if is_name(m[1])}); cast += c
        sents += s; notes += [[m[0] + off] + list(m[1:]) for m in n]
    return sents, notes, None, (cast if some else None), br

def examples(items, real, rnd, train=True):
    E = []
    casts = [sorted({n[1] for n in x["notes_a"] if is_name(n[1])}) for x in items]; casts = [c for c in casts if c]
    pool = []
    bykind = collections.defaultdict(list)
    for x in items: bykind[x["conflict"]["kind"]].append(x)
    for x in items:
        R = reads(rnd, x, casts); pool += R
        for s, n, b, c in R: E.append(("read", read_prompt(s, breaks_for(rnd, s), b, c), notes_text(n)))
        cf = x["conflict"]; about, kind = cf["about"], cf["kind"]; ok = okversion(x)
        wa, wb, wo = window(x["a"], cf["a"]), window(x["b"], cf["b"]), window(ok, cf["b"])
        no, yes = "no: " + " ".join(cf.get("why", "").split()), "yes: " + ("agrees" if x["twin"] == "same" else x["twin"])
        E.append(("judge", judge_prompt(wa, wb, about, kind), no)); E.append(("judge", judge_prompt(wa, wo, about, kind), yes))
        if train and kind not in ORDERED:
            E.append(("judge", judge_prompt(wb, wa, about, kind), no)); E.append(("judge", judge_prompt(wo, wa, about, kind), yes))
        other = [n for n in x["notes_b"] if n[0] != cf["b"] and n[1] != cf["about"]]
        same = [n for n in other if n[2] == kind] or other
        if same and rnd.random() < 0.6:
            n = rnd.choice(same); E.append(("judge", judge_prompt(wa, window(x["b"], n[0]), about, kind), "yes: other matter"))
        an = [n for n in x["notes_a"] if n[0] != cf["a"]]
        if an and rnd.random() < 0.4:
            n = rnd.choice(an); m = rnd.choice(x["notes_b"]); 
            if m[0] != cf["b"]: E.append(("judge", judge_prompt(window(x["a"], n[0]), window(x["b"], m[0]), n[1], n[2]), "yes: other matter"))
        # what one text says of one subject twice is no contradiction, unless it is the planted one
        for na, nb, sa, sb in ((x["notes_a"], x["notes_a"], x["a"], x["a"]), (x["notes_b"], x["notes_b"], x["b"], x["b"]), (x["notes_a"], x["notes_b"], x["a"], x["b"])):
            for n in na:
                for m in nb:
                    if (n[1] == m[1] or canonical(m[1], [n[1]]) == n[1]) and n[2] == m[2] and (na is not nb or n[0] < m[0]) and not (na is not nb and m[0] == cf["b"] and n[0] == cf["a"]) and not (na is not nb and n[2] == kind):
                        if rnd.random() < 0.5: E.append(("judge", judge_prompt(window(sa, n[0]), window(sb, m[0]), n[1], n[2]), "yes: " + ("other matter" if n[3] != m[3] else "agrees")))
        if train and len(bykind[kind]) > 1 and rnd.random() < 0.5:
            y = rnd.choice(bykind[kind])
            if y is not x: E.append(("judge", judge_prompt(wa, window(y["b"], y["conflict"]["b"]), about, kind), "yes: other matter"))
    if train:
        rnd.shuffle(pool)
        for k in range(0, len(pool) - 3, 3):
            if rnd.random() < 0.7:
                parts = [p for p in pool[k:k + rnd.choice([2, 3])] if p[2] is None]
                if len(parts) > 1:
                    s, n, b, c, br = join(rnd, parts); E.append(("read", read_prompt(s, br, b, c), notes_text(n)))
    for x in real:
        sents = [s for p in x["paragraphs"] for s in p]; br = set(); k = 1
        for p in x["paragraphs"]: br.add(k); k += len(p)
        notes = sorted(x["notes"], key=lambda n: n[0])
        for rep in range(2 if train else 1):
            before = x["before"] if x.get("context") or rnd.random() < 0.7 else None  # where names come from the context, it must be there
            cast = sorted({n[1] for n in notes if is_name(n[1])}) if rnd.random() < 0.4 else None
            E.append(("read", read_prompt(sents, br, before, cast), notes_text(notes)))
        for n in notes:
            for m in notes:
                if n[1] == m[1] and n[2] == m[2] and n[0] < m[0] and rnd.random() < 0.6: E.append(("judge", judge_prompt(window(sents, n[0]), window(sents, m[0]), n[1], n[2]), "yes: other matter"))
        E.append(("gist", read_prompt(sents, br, x["before"], None, "Summary"), gist_text(x["gist"])))
    return E

def who_prompt(sents, breaks, before, sentence, mention, people): return numbered(sents, breaks, before, people) + f"\n\nSentence {sentence}, “{mention}”: who?"

def whos(rows, rnd):
    return [("who", who_prompt(x["sents"], breaks_for(rnd, x["sents"]), x["before"] or None, x["sentence"], x["mention"], x["people"]), x["who"]) for x in rows]

def modern(rows, rnd, train=True):
    """Passages of today with their chapter's people and what stands before: notes, summary, who is meant."""
    E = []
    for x in rows:
        sents = [s for p in x["paragraphs"] for s in p]; br = set(); k = 1
        for p in x["paragraphs"]: br.add(k); k += len(p)
        notes = sorted(x["notes"], key=lambda n: n[0])
        for rep in range(2 if train else 1):
            people = list(x["people"]); rnd.shuffle(people); people = people if rnd.random() < 0.85 else None
            E.append(("read", read_prompt(sents, br, x["before"], people), notes_text(notes)))
        E.append(("gist", read_prompt(sents, br, x["before"], people, "Summary"), gist_text(x["gist"])))
        for n, mention, who in x["who"]: rnd.shuffle(people or []); E.append(("who", who_prompt(sents, br, x["before"], n, mention, people or x["people"]), who))
    return E

def gist_text(gist): return "\n".join(f"[{a}-{b}] {t}" if a != b else f"[{a}] {t}" for a, b, t in gist)

def contrasts(sets, rnd, train=True):
    """Each contrast set: one passage against five, two of which contradict it."""
    E = []
    for x in sets:
        wa = window(x["a"], x["ia"])
        for b in x["b"]:
            wb = window(b["s"], b["i"]); answer = f"{b['v']}: {b['why']}"; E.append(("judge", judge_prompt(wa, wb, x["about"], x["kind"]), answer))
            if train and x["kind"] not in ORDERED and rnd.random() < 0.3: E.append(("judge", judge_prompt(wb, wa, x["about"], x["kind"]), answer))
    return E

def cut(p):
    s = re.sub(r"\s+", " ", p).strip(); parts = re.split(r'(?<=[.!?])(["”’\'})\]]*)\s+(?=["“‘\'({\[]?[A-Z])', s); out = []; i = 0
    while i < len(parts):
        c = parts[i] + (parts[i + 1] if i + 1 < len(parts) else "")
        if out and re.search(r"\b(Mr|Mrs|Dr|St|Ms|Capt|Col|No)\.$", out[-1]): out[-1] += " " + c
        else: out.append(c)
        i += 2
    return [x for x in out if x.strip()]

def encode(tk, E):
    rows = []
    for kind, user, answer in E:
        ids = []
        for seg in prompt(user): ids += [seg] if isinstance(seg, int) else tk.encode(seg, add_special_tokens=False).ids
        ans = tk.encode(answer, add_special_tokens=False).ids + [IM_E]
        rows.append((kind, ids, ans))
    return rows

if __name__ == "__main__":
    tk = tokenizer(sys.argv[1]); items, real = load(); rnd = random.Random(5); part = lambda L, dev: [x for x in L if is_dev(x) == dev]
    quads = every("quads*.jsonl"); today = lines("modern.jsonl"); links = lines("linking.jsonl"); dev_book = lambda x: int(hashlib.sha256(x["source"].encode()).hexdigest(), 16) % 12 == 0
    print(len(items), "stories,", len(real), "annotated passages of older books,", len(today), "of today,", len(quads), "contrast sets,", len(links), "questions who is meant")
    train_items = part(items, False)
    sets = {"train": encode(tk, examples(train_items, part(real, False), rnd) + contrasts(part(quads, False), rnd) + modern(part(today, False), rnd) + whos([x for x in links if not dev_book(x)], rnd)),
            "dev": encode(tk, examples(part(items, True), part(real, True), random.Random(6), False) + contrasts(part(quads, True), rnd, False) + modern(part(today, True), random.Random(8), False) + whos([x for x in links if dev_book(x)], random.Random(7)))}
    gen = [json.loads(l) for l in open(sys.argv[3])] if len(sys.argv) > 3 else []  # {"prompt": …} lines to answer after training
    sets["gen"] = encode(tk, [("read", x["prompt"], "none") for x in gen])
    used = set(range(16000))
    for rows in sets.values():
        for _, i, a in rows: used.update(i); used.update(a)
    keep = np.array(sorted(used)); back = {int(t): i for i, t in enumerate(keep)}; save = {"keep": keep}
    for name, rows in sets.items():
        flat = []; mask = []; off = [0]; kinds = []
        for k, i, a in rows: flat += [back[t] for t in i + a]; mask += [0] * len(i) + [1] * len(a); off.append(len(flat)); kinds.append(("read", "judge", "gist", "who").index(k))
        save[name + "_ids"] = np.array(flat, np.int32); save[name + "_mask"] = np.array(mask, np.int8); save[name + "_off"] = np.array(off, np.int64); save[name + "_kind"] = np.array(kinds, np.int8)
        print(name, dict(collections.Counter(k for k, _, _ in rows)), len(flat), "tokens,", int(sum(mask)), "to learn")
    one = lambda w: back[tk.encode(w, add_special_tokens=False).ids[0]]
    save.update(end=np.array([back[IM_E]]), yes=np.array([one("yes")]), no=np.array([one("no")])); np.savez_compressed(sys.argv[2], **save); np.save(sys.argv[2].replace(".npz", ".keep.npy"), keep); tk.save(sys.argv[2].replace(".npz", ".tok.json")); print(len(keep), "rows of the embedding kept")
