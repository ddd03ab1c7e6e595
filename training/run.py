"""Everything in one command: prepare, train, average, export, measure.

    python -m training.run DATA --squad1 FILE --work FOLDER --minutes 10 --device cuda

The minutes are for the whole command; preparing and measuring take their part of them, and what is
prepared in FOLDER already is kept. Training starts from the shipped reader, or, with ``--from
encoder``, from the encoder. FOLDER/reader_model is in the form of ``rag/evidence/reader_model``.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from pathlib import Path

import torch
from safetensors.torch import save_file

from rag.evidence.reader import READER_FOLDER, open_reader
from training.examples import read_groups
from training.export import export
from training.measure import SEED, measure
from training.prepare import prepare
from training.restore import restore
from training.train import AVERAGE, Plan, read_share, train

SHARES = {
    "pairs_squad1": 0.7,
    "pairs_squad": 0.3,
    "pairs_torque": 0.2,
    "pairs_news": 0.4,
    "squad1": 0.11,
    "squad": 0.25,
    "clapnq": 0.5,
    "news": 0.4,
    "judged": 1.0,
    "judged_passages": 1.0,
}
"""File of ``training.prepare`` -> how often each of its entries is read per epoch."""

PLACES = 300
MEASURING_MINUTES = 2.0
LEAST_MINUTES = 0.5


def main() -> None:
    """Print what was prepared, and the figures of the reader before and after."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with squad2_part, clapnq and training")
    parser.add_argument("--squad1", type=Path, help="SQuAD 1.1's training set, or a wheel with it")
    parser.add_argument("--work", type=Path, required=True, help="for all that is made")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--from", dest="start", choices=("shipped", "encoder"), default="shipped")
    parser.add_argument("--seed", type=int, default=Plan.seed)
    arguments = parser.parse_args()
    began = time.monotonic()
    groups = arguments.work / "groups"
    counts = prepare(arguments.data, arguments.squad1, arguments.work / "cache", groups)
    print(json.dumps(counts), flush=True)
    init = None
    if arguments.start == "shipped":
        init = arguments.work / "shipped.safetensors"
        save_file(restore(READER_FOLDER), init)
    spent = (time.monotonic() - began) / 60
    plan = Plan(
        minutes=max(LEAST_MINUTES, arguments.minutes - spent - MEASURING_MINUTES),
        decay_from=0.4,
        rate=1.3e-4,
        frozen=1,
        seed=arguments.seed,
    )
    files = {name: groups / f"{name}.jsonl" for name in SHARES}
    items = [
        item
        for name, file in files.items()
        if file.exists()
        for item in read_share(f"{file}:{SHARES[name]}")
    ]
    run = arguments.work / f"run_{arguments.seed}"
    train(items, plan, run, init=init, device=arguments.device)
    torch.set_num_threads(1)
    out = arguments.work / "reader_model"
    print(json.dumps(export([run / AVERAGE], out)), flush=True)
    held_out = list(read_groups(groups / "held_out.jsonl"))
    random.Random(SEED).shuffle(held_out)  # noqa: S311 - sampling
    held_out += read_groups(groups / "held_out_judged.jsonl")
    for folder in (READER_FOLDER, out):
        print(json.dumps(measure(open_reader(folder), held_out, n_places=PLACES)), flush=True)


if __name__ == "__main__":
    main()
