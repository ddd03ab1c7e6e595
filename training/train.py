"""The training loop: seeded, checkpointed, resumable; one process, on a processor or on CUDA.

    python -m training.train --read FILE[:SHARE] … --out FOLDER (--steps N | --minutes N) [--resume]

The files are those of ``training.prepare``: pairs if their name begins with ``pairs``, else groups.
The learning rate rises over the first steps, stays constant, and falls to zero over the last part.
The running average of the weights is what is exported. With ``--steps``, the same seed gives the
same weights to within rounding.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

from training.batches import Batch, Reading, collate, plan_epoch
from training.examples import JUDGED_SENTENCES, Group, Pair, read_groups, read_pairs
from training.judging import plan_sentences
from training.loss import judging_loss, reading_loss
from training.model import ReaderModel, encoder_folder

CHECKPOINT = "checkpoint.pt"
AVERAGE = "average.safetensors"


@dataclass(frozen=True)
class Plan:
    """How to train.

    Attributes:
        steps: Steps to take; 0 if only the time counts.
        minutes: Minutes to train for; 0 if only the steps count.
        decay_from: Part of the training from which the learning rate falls linearly to 0.
        rate: Learning rate of the top layer; each layer below has 0.9 of the one above.
        head_rate: Learning rate of the heads.
        warm_up: Steps over which the rate rises from 0.
        average: Share of the old average kept at each step.
        ranked: Weight of ranking unanswered questions below answered ones.
        alone: Share of the batches of single sentences, where there are judged questions.
        frozen: Layers, from the bottom, that are not trained, to save time.
        seed: Seed of the heads' weights and the batches.
        save_every: Steps between two checkpoints.
    """

    steps: int = 0
    minutes: float = 0.0
    decay_from: float = 0.6
    rate: float = 1.5e-4
    head_rate: float = 6e-4
    warm_up: int = 50
    average: float = 0.995
    ranked: float = 1.0
    alone: float = 0.4
    frozen: int = 0
    seed: int = 1
    save_every: int = 50


LAYER_DECAY = 0.9
WEIGHT_DECAY = 0.01
LARGEST_GRADIENT = 1.0


def main() -> None:
    """Train, writing checkpoints and the average into the folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--read", nargs="+", required=True, metavar="FILE[:SHARE]")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--init", type=Path, help="weights to start from, as average.safetensors")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    parser.add_argument("--device", default="cpu")
    for name in ("steps", "warm_up", "frozen", "seed", "save_every"):
        parser.add_argument(_flag(name), type=int, default=getattr(Plan, name))
    for name in ("minutes", "decay_from", "rate", "head_rate", "average", "ranked", "alone"):
        parser.add_argument(_flag(name), type=float, default=getattr(Plan, name))
    arguments = parser.parse_args()
    plan = Plan(**{name: getattr(arguments, name) for name in Plan.__dataclass_fields__})
    if not plan.steps and not plan.minutes:
        parser.error("--steps or --minutes is needed")
    train(
        [pair for spec in arguments.read for pair in read_share(spec)],
        plan,
        arguments.out,
        init=arguments.init,
        resume=arguments.resume,
        device=arguments.device,
    )


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def read_share(spec: str) -> Iterator[tuple[Group | Pair, float]]:
    """Yield the groups or pairs of ``FILE:SHARE`` with the share; 1 if none is given."""
    name, _, share = spec.partition(":")
    file = Path(name)
    items: Iterator[Group | Pair] = (
        read_pairs(file) if file.name.startswith("pairs") else read_groups(file)
    )
    for item in items:
        yield item, float(share or 1.0)


def train(
    items: Sequence[tuple[Group | Pair, float]],
    plan: Plan,
    out: Path,
    *,
    init: Path | None = None,
    resume: bool = False,
    model: ReaderModel | None = None,
    device: str = "cpu",
) -> ReaderModel:
    """Train a reader and return it with its averaged weights.

    Args:
        items: What to learn from, each with its share per epoch.
        plan: How to train.
        out: Folder for checkpoint, average and log; made if missing.
        init: Weights to start from; the encoder's when None.
        resume: Continue from the checkpoint in ``out``, if there is one. Minutes count anew.
        model: The untrained model; the encoder with fresh heads when None.
        device: Where torch computes.
    """
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(plan.seed)
    model = model or ReaderModel(encoder_folder())
    if init is not None:
        load_weights(model, init)
    model.to(device)
    tokenizer = Tokenizer.from_file(str(encoder_folder() / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    optimizer = torch.optim.AdamW(_parameter_groups(model, plan), fused=True)
    average = {name: value.clone() for name, value in model.state_dict().items()}
    step = 0
    if resume and (out / CHECKPOINT).exists():
        state = torch.load(out / CHECKPOINT, weights_only=True, map_location=device)
        model.load_state_dict(state["model"])
        rates = [group["initial_lr"] for group in optimizer.param_groups]
        optimizer.load_state_dict(state["optimizer"])
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["initial_lr"] = rate
        average, step = state["average"], state["step"]
    _freeze(model, plan.frozen, average)
    model.train()
    (out / "plan.json").write_text(json.dumps(asdict(plan), indent=1), "utf-8")
    started = began = time.monotonic()
    seen, losses, since = 0, 0.0, step
    for readings in islice(plan_batches(items, plan), step, None):
        batch = collate(readings, tokenizer)
        minutes = (time.monotonic() - started) / 60
        parts = ((step, plan.steps), (minutes, plan.minutes))
        done = max((part / whole for part, whole in parts if whole), default=1.0)
        if done < 1.0:
            _set_rate(optimizer, plan, step, done)
            losses += _take_step(model, optimizer, batch.to(device), plan)
            step += 1
            seen += len(batch.here)
            with torch.no_grad():
                kept = min(plan.average, (step + 1) / (step + 10))
                for name, value in model.named_parameters():
                    if value.requires_grad:
                        average[name].lerp_(value, 1.0 - kept)
        if done >= 1.0 or step % plan.save_every == 0 or step == plan.steps:
            _save(out, model, optimizer, average, step)
            now = time.monotonic()
            line = {
                "step": step,
                "loss": round(losses / max(step - since, 1), 4),
                "rows a second": round(seen / (now - began), 1),
                "minutes": round((now - started) / 60, 1),
            }
            with (out / "log.jsonl").open("a", encoding="utf-8") as log:
                log.write(json.dumps(line) + "\n")
            began, seen, losses, since = now, 0, 0.0, step
        if done >= 1.0 or step == plan.steps:
            break
    model.load_state_dict(average)
    return model.eval()


def load_weights(model: ReaderModel, file: Path) -> None:
    """Load weights into a model; one that no sentence was judged by yet keeps its head for that.

    Raises:
        RuntimeError: If other weights are missing, or there are others.
    """
    missing, unexpected = model.load_state_dict(load_file(file), strict=False)
    if unexpected or any(not name.startswith(("judge.", "answers.")) for name in missing):
        raise RuntimeError(f"{file.name} has the weights of another model")


def _freeze(model: ReaderModel, n_layers: int, average: dict[str, torch.Tensor]) -> None:
    """Stop training the embeddings and the lowest layers, if any layer is to be frozen."""
    parts = ["embeddings.", *(f"encoder.layer.{i}." for i in range(n_layers))] if n_layers else []
    for name, parameter in model.encoder.named_parameters():
        if name.startswith(tuple(parts)):
            parameter.requires_grad = False
            average[f"encoder.{name}"] = parameter.detach().clone()


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


def plan_batches(
    items: Sequence[tuple[Group | Pair, float]], plan: Plan
) -> Iterator[list[Reading]]:
    """Yield what each batch reads, without end: passages, and by their share single sentences."""
    judged = any(isinstance(item, Group) and item.source == JUDGED_SENTENCES for item, _ in items)
    alone = plan.alone if judged else 0.0
    passages = _repeat(partial(plan_epoch, items, seed=plan.seed))
    sentences = _repeat(partial(plan_sentences, items, seed=plan.seed))
    owed = 0.0
    while True:
        owed += alone
        if owed >= 1.0:
            owed -= 1.0
            yield next(sentences)
        else:
            yield next(passages)


def _repeat(plan_once: Callable[..., Iterator[list[Reading]]]) -> Iterator[list[Reading]]:
    epoch = 0
    while True:
        yield from plan_once(epoch=epoch)
        epoch += 1


def _set_rate(optimizer: torch.optim.Optimizer, plan: Plan, number: int, done: float) -> None:
    factor = min(1.0, (number + 1) / max(plan.warm_up, 1))
    if done > plan.decay_from:
        factor *= (1.0 - done) / (1.0 - plan.decay_from)
    for group in optimizer.param_groups:
        group["lr"] = group["initial_lr"] * factor


def _take_step(
    model: ReaderModel, optimizer: torch.optim.Optimizer, batch: Batch, plan: Plan
) -> float:
    device = batch.here.device.type
    with torch.autocast(device, torch.bfloat16, enabled=_is_fast_in_halves(device)):
        tokens, here, answers = (score.float() for score in model(**batch.inputs))
    if batch.alone:
        found = judging_loss(here, answers, batch)
    else:
        found = reading_loss(tokens, here, batch, ranked=plan.ranked)
    optimizer.zero_grad(set_to_none=True)
    found.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(model.parameters(), LARGEST_GRADIENT)
    optimizer.step()
    return float(found.detach())


def _is_fast_in_halves(device: str) -> bool:
    """Return whether matrix products in bfloat16 are faster there than in float32."""
    return device != "cpu" or bool(torch.cpu.get_capabilities().get("avx512_bf16"))


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
    save_file(average, out / f"{AVERAGE}.new")
    (out / f"{AVERAGE}.new").replace(out / AVERAGE)


if __name__ == "__main__":
    main()
