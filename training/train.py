"""The training loop: seeded, checkpointed, resumable.

    python -m training.train --groups FILE[:SHARE] … --out FOLDER --steps N [--resume]

A step is one batch in each of two single-threaded processes, whose gradients are averaged: on a
busy machine this loses less time than two threads that wait for each other within every matrix
product. The same seed and number of processes give the same weights. The learning rate rises over
the first steps, stays constant, and falls to zero from ``--decay-from``. The running average of the
weights is what is exported. Matrix products are in bfloat16 (4 times as fast on a processor that
has it), everything else in float32.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path

import torch
import torch.distributed
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch.distributed import FileStore  # type: ignore[attr-defined]
from torch.multiprocessing.spawn import spawn

from training.batches import Batch, Recipe, collate, plan_epoch
from training.examples import Group, read_groups
from training.loss import reading_loss
from training.model import ReaderModel, encoder_folder

CHECKPOINT = "checkpoint.pt"
AVERAGE = "average.safetensors"


@dataclass(frozen=True)
class Plan:
    """How to train.

    Attributes:
        steps: Total number of steps.
        decay_from: Step from which the learning rate falls linearly to 0.
        rate: Learning rate of the top layer; each layer below has 0.9 of the one above.
        head_rate: Learning rate of the heads.
        warm_up: Steps over which the rate rises from 0.
        average: Share of the old average kept at each step.
        seed: Seed of the heads' weights, the dropout and the batches.
        save_every: Steps between two checkpoints.
        workers: Processes; a step takes one batch in each.
        recipe: How questions are drawn, and whether near misses are ranked.
    """

    steps: int
    decay_from: int
    rate: float = 1.5e-4
    head_rate: float = 6e-4
    warm_up: int = 100
    average: float = 0.998
    seed: int = 1
    save_every: int = 25
    workers: int = 2
    recipe: Recipe = field(default_factory=Recipe)


LAYER_DECAY = 0.9
WEIGHT_DECAY = 0.01
LARGEST_GRADIENT = 1.0


def main() -> None:
    """Train, writing checkpoints and the average into the folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--groups", nargs="+", required=True, metavar="FILE[:SHARE]")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--init", type=Path, help="weights to start from, as average.safetensors")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--decay-from", type=int, default=0)
    parser.add_argument("--rate", type=float, default=Plan.rate)
    parser.add_argument("--warm-up", type=int, default=Plan.warm_up)
    parser.add_argument("--seed", type=int, default=Plan.seed)
    parser.add_argument("--workers", type=int, default=Plan.workers)
    parser.add_argument("--contrast", type=float, default=0.0, help="tried; see training/README.md")
    parser.add_argument("--swap", type=float, default=0.0, help="likewise")
    parser.add_argument("--ranked", type=float, default=0.0, help="likewise")
    arguments = parser.parse_args()
    plan = Plan(
        steps=arguments.steps,
        decay_from=arguments.decay_from,
        rate=arguments.rate,
        warm_up=arguments.warm_up,
        seed=arguments.seed,
        workers=arguments.workers,
        recipe=Recipe(arguments.contrast, arguments.swap, arguments.ranked),
    )
    if plan.workers == 1:
        _run(0, arguments, plan)
        return
    spawn(_run, (arguments, plan), nprocs=plan.workers)  # type: ignore[no-untyped-call]


def _run(rank: int, arguments: argparse.Namespace, plan: Plan) -> None:
    torch.set_num_threads(1)
    arguments.out.mkdir(parents=True, exist_ok=True)
    if plan.workers > 1:
        store = FileStore(str(arguments.out / f"meeting-{os.getppid()}"), plan.workers)
        torch.distributed.init_process_group(
            "gloo", store=store, rank=rank, world_size=plan.workers, timeout=timedelta(hours=1)
        )
    groups = [pair for spec in arguments.groups for pair in read_share(spec)]
    train(groups, plan, arguments.out, init=arguments.init, resume=arguments.resume, rank=rank)
    if plan.workers > 1:
        torch.distributed.destroy_process_group()


def read_share(spec: str) -> Iterator[tuple[Group, float]]:
    """Yield the groups of ``FILE:SHARE`` with the share; 1 if none is given."""
    name, _, share = spec.partition(":")
    for group in read_groups(Path(name)):
        yield group, float(share or 1.0)


def train(
    groups: Sequence[tuple[Group, float]],
    plan: Plan,
    out: Path,
    *,
    init: Path | None = None,
    resume: bool = False,
    model: ReaderModel | None = None,
    rank: int = 0,
) -> ReaderModel:
    """Train a reader and return it with its averaged weights.

    Args:
        groups: What to learn from, each with its share per epoch.
        plan: How to train.
        out: Folder for checkpoint, average and log; made if missing.
        init: Weights to start from; the encoder's when None.
        resume: Continue from the checkpoint in ``out``, if there is one.
        model: The untrained model; the encoder with fresh heads when None.
        rank: Which of the processes this is; the first one writes.
    """
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(plan.seed)
    model = model or ReaderModel(encoder_folder())
    if init is not None:
        model.load_state_dict(load_file(init))
    tokenizer = Tokenizer.from_file(str(encoder_folder() / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    optimizer = torch.optim.AdamW(_parameter_groups(model, plan), fused=True)
    average = {name: value.clone() for name, value in model.state_dict().items()}
    step = 0
    if resume and (out / CHECKPOINT).exists():
        state = torch.load(out / CHECKPOINT, weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        average, step = state["average"], state["step"]
    model.train()
    (out / "plan.json").write_text(json.dumps(asdict(plan), indent=1), "utf-8")
    began, seen, losses = time.perf_counter(), 0, 0.0
    batches = _batches(groups, tokenizer, plan, skip=step * plan.workers + rank)
    for number in range(step, plan.steps):
        batch = next(batches)
        torch.manual_seed(1_000_003 * plan.seed + plan.workers * number + rank)
        losses += _take_step(model, optimizer, batch, plan, number)
        seen += len(batch.here) * plan.workers
        with torch.no_grad():
            kept = min(plan.average, (number + 1) / (number + 10))
            for name, value in model.named_parameters():
                if value.requires_grad:
                    average[name].lerp_(value, 1.0 - kept)
        if rank == 0 and ((number + 1) % plan.save_every == 0 or number + 1 == plan.steps):
            _save(out, model, optimizer, average, number + 1)
            line = {
                "step": number + 1,
                "loss": round(losses / plan.save_every, 4),
                "pairs a second": round(seen / (time.perf_counter() - began), 1),
            }
            with (out / "log.jsonl").open("a", encoding="utf-8") as log:
                log.write(json.dumps(line) + "\n")
            began, seen, losses = time.perf_counter(), 0, 0.0
    model.load_state_dict(average)
    return model.eval()


def _parameter_groups(model: ReaderModel, plan: Plan) -> list[dict[str, object]]:
    n_layers = len(model.encoder.encoder.layer)
    chosen: list[dict[str, object]] = []
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        if name.startswith("encoder.encoder.layer."):
            rate = plan.rate * LAYER_DECAY ** (n_layers - 1 - int(name.split(".")[3]))
        elif name.startswith("encoder.embeddings."):
            rate = plan.rate * LAYER_DECAY**n_layers
        else:
            rate = plan.head_rate
        decays = parameter.ndim > 1
        chosen.append(
            {
                "params": [parameter],
                "lr": rate,
                "initial_lr": rate,
                "weight_decay": WEIGHT_DECAY if decays else 0.0,
            }
        )
    return chosen


def _batches(
    groups: Sequence[tuple[Group, float]], tokenizer: Tokenizer, plan: Plan, *, skip: int
) -> Iterator[Batch]:
    """Yield without end every batch that falls to one process, from the one at ``skip`` on."""
    epoch = number = 0
    while True:
        for readings in plan_epoch(groups, seed=plan.seed, epoch=epoch, recipe=plan.recipe):
            if number >= skip and (number - skip) % plan.workers == 0:
                yield collate(readings, tokenizer)
            number += 1
        epoch += 1


def _take_step(
    model: ReaderModel, optimizer: torch.optim.Optimizer, batch: Batch, plan: Plan, number: int
) -> float:
    factor = min(1.0, (number + 1) / max(plan.warm_up, 1))
    if number >= plan.decay_from:
        factor *= (plan.steps - number) / max(plan.steps - plan.decay_from, 1)
    for group in optimizer.param_groups:
        group["lr"] = group["initial_lr"] * factor
    with torch.autocast("cpu", torch.bfloat16):
        tokens, here = model(**batch.inputs)
    loss = reading_loss(tokens.float(), here.float(), batch, ranked=plan.recipe.ranked)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    if plan.workers > 1:
        _average_gradients(model, plan.workers)
    torch.nn.utils.clip_grad_norm_(model.parameters(), LARGEST_GRADIENT)
    optimizer.step()
    return float(loss.detach())


def _average_gradients(model: ReaderModel, workers: int) -> None:
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
    torch.distributed.all_reduce(flat)
    at = 0
    for gradient in gradients:
        gradient.copy_(flat[at : at + gradient.numel()].view_as(gradient)).div_(workers)
        at += gradient.numel()


def _save(
    out: Path,
    model: ReaderModel,
    optimizer: torch.optim.Optimizer,
    average: dict[str, torch.Tensor],
    step: int,
) -> None:
    fresh = out / f"{CHECKPOINT}.new"
    torch.save(
        {
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "average": average,
            "step": step,
        },
        fresh,
    )
    fresh.replace(out / CHECKPOINT)
    save_file(average, out / AVERAGE)


if __name__ == "__main__":
    main()
