"""What the benchmarks share: the texts they read, a book in a folder of its own, and the plots."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PLACE = ROOT / "target" / "bench"
PEERS = PLACE / "peers"
COPYDESK = ROOT / "target" / "release" / "copydesk"
THREADS = os.cpu_count() or 2


def machine():
    """The processor's name and how many of it there are, for the tables."""
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines() if pathlib.Path("/proc/cpuinfo").exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else 'a processor of unknown name'}, {THREADS} processors"


def chapters():
    """The prose of the example's chapters: paragraphs in lists, without markup."""
    for chapter in sorted((ROOT / "manuscripts-example").glob("book-*/*.md")):
        text = re.sub(r"\A---\n.*?\n---\n", "", chapter.read_text(), flags=re.S)
        yield [" ".join(part.split()) for part in text.split("\n\n") if part.strip() and not part.lstrip().startswith(("#", "<", "-", "*", "|", ">"))]


def beginning(paragraphs, words):
    """The first whole paragraphs with at least so many words together; all of them where there are fewer."""
    kept = []
    for paragraph in paragraphs:
        kept.append(paragraph)
        if sum(len(each.split()) for each in kept) >= words:
            break
    return "\n\n".join(kept)


def passages():
    """Four passages of about 400 words, whole paragraphs, each from another chapter of the example."""
    found = [beginning(paragraphs, 400) for paragraphs in chapters()]
    found = [text for text in found if len(text.split()) >= 400][:4]
    if len(found) < 4:
        raise SystemExit("the example has too few long chapters for this benchmark")
    return found


def questions(script):
    """The questions that a script of tests/bench asks about each passage."""
    body = re.search(r"fn questions\(\) \{\[(.*?)\]\}", (ROOT / "tests/bench" / f"{script}.rhai").read_text(), re.S).group(1)
    return re.findall(r'"([^"]*)"', body)


def template_block(name):
    text = (ROOT / "templates/read.prompt.jinja").read_text()
    return re.search(r"\{% block " + name + r" %\}\n(.*?)\n\{% endblock %\}", text, re.S).group(1)


def chats(texts, asked):
    """The same words that copydesk shows the model, as the chats that others take."""
    form = template_block("form").replace("{{ hint }}", "Answer in at most 5 words.")
    for text in texts:
        passage = template_block("passage").replace("{{ passage }}", text)
        for question in asked:
            question = template_block("question").replace("{{ question }}", question)
            yield [{"role": "system", "content": template_block("system")}, {"role": "user", "content": f"{passage}\n\n{form}\n{question}"}]


class Book:
    """A folder of chapters, and a state folder, both new."""

    def __init__(self, texts, name="audit"):
        self.folder, self.state = PLACE / name, PLACE / f"{name}-state"
        self.forget()
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "scripts").mkdir(parents=True)
        for script in (ROOT / "tests/bench").glob("*.rhai"):
            shutil.copy(script, self.folder / "scripts")
        for number, text in enumerate(texts, 1):
            (self.folder / f"{number:02}.md").write_text(f"# Chapter {number}\n\n{text}\n")

    def forget(self):
        """Makes the next run the first one."""
        shutil.rmtree(self.state, ignore_errors=True)

    def run(self, model, script, *options):
        """Runs a script; gives the seconds it took, what it told, and the memory of the larger of its two processes, in bytes."""
        return run(self.folder, self.state, [script], "--model", model, "--no-reports", *options)


def run(folder, state, scripts, *options):
    """One run of copydesk, from its start to its end."""
    # A script runs only when it is allowed; what is allowed here is no setting of whoever measures.
    environment = {**os.environ, "XDG_CONFIG_HOME": str(PLACE / "settings")}
    subprocess.run([str(part) for part in [COPYDESK, "allow", folder]], env=environment, check=True, stdout=subprocess.DEVNULL)
    command = [COPYDESK, "run", *scripts, folder, "--state", state, "--format", "json", *options]
    started = time.monotonic()
    with open(PLACE / "told.json", "w+") as told:
        process = subprocess.Popen([str(part) for part in command], env=environment, stdout=told, stderr=subprocess.PIPE, text=True)
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        took = time.monotonic() - started
        status = os.waitstatus_to_exitcode(status)
        if status not in (0, 1, 3):
            raise SystemExit(f"copydesk ended with {status}: {said}")
        told.seek(0)
        return took, json.load(told), usage.ru_maxrss * 1024


def answers(told):
    """Each question's answer, by the passage it was asked about and its place there."""
    found = {}
    for result in told["results"]:
        for note in result.get("notes", []):
            for number, line in enumerate(note["lines"]):
                found[(result["script"], result["scope"], number)] = line["text"]
    return found


def bars(rows, title, path):
    """One bar a row: a name and a number."""
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(9, 0.5 + 0.45 * len(rows)))
    names, values = [name for name, _ in rows], [value for _, value in rows]
    colours = ["#27507a" if name.startswith("copydesk") else "#999999" for name in names]
    axes.bar_label(axes.barh(names, values, color=colours), fmt="%.0f", padding=3)
    axes.invert_yaxis()
    axes.set_title(title)
    save(figure, path)


def lines(series, title, x_label, y_label, path, is_log=False):
    """One line for each name in `series`: points of x and y."""
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(9, 5))
    for name, points in series.items():
        axes.plot([x for x, _ in points], [y for _, y in points], marker="o", label=name)
    if is_log:
        axes.set_xscale("log")
        axes.set_yscale("log")
    axes.set(title=title, xlabel=x_label, ylabel=y_label)
    axes.grid(alpha=0.3)
    axes.legend()
    save(figure, path)


def save(figure, path):
    from matplotlib import pyplot

    figure.tight_layout()
    figure.savefig(path)
    pyplot.close(figure)
