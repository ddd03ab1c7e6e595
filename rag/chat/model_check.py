"""Whether a chat model answers, how fast, and whether it keeps to the format."""

from __future__ import annotations

import time
from datetime import date

from index.doctor import Finding, State
from index.text.passages import split_passages
from index.types import Article, Hit
from rag.chat.calls import ChatClient, Deadline
from rag.chat.claim_check import check_claim
from rag.chat.models import load_model, plan_model
from rag.chat.prompt import build_prompt
from rag.chat.reply import parse_reply
from rag.errors import ModelError
from rag.settings import Settings
from rag.types import Evidence

QUESTION = "How many cars does the new ferry of Saltmere carry, and who paid for it?"
_ARTICLE = Article(
    "check",
    "Second ferry for Saltmere",
    "A second ferry has crossed the harbour of Saltmere since Monday. It carries 84 cars at a time."
    " The harbour board paid for it, its director Ada Quill said.",
    published=date(2024, 10, 21),
    outlet="The Saltmere Post",
)


def check_model(settings: Settings) -> tuple[Finding, ...]:
    """Ask a model one question about a made-up article and report what that shows.

    Nothing of the library is sent.

    Args:
        settings: With a model and a deadline.
    """
    name = settings.model
    try:
        plan = plan_model(settings)
        model = load_model(settings)
    except ModelError as error:
        return (Finding("model", State.BAD, f"{name} cannot be used", str(error)),)
    place = f"at {plan.host}" if plan.host else "in this process"
    findings = [Finding("model", State.OK, f"{name} is set up, {place}")]
    if plan.leaves:
        findings.append(Finding("privacy", State.OK, plan.warning))
    prompt = build_prompt(
        QUESTION,
        _evidence(),
        today=date.today(),
        max_claims=2,
        context_tokens=model.context_tokens,
        count_tokens=model.count_tokens,
        plain=model.plain,
    )
    started = time.perf_counter()
    first = 0.0
    last = None
    try:
        deadline = Deadline(settings.deadline_seconds)
        for progress in ChatClient(model).stream(prompt.messages, deadline):
            first = first or time.perf_counter() - started
            last = progress
    except ModelError as error:
        return (*findings, Finding("answer", State.BAD, "no usable reply", str(error)))
    if last is None:
        return (*findings, Finding("answer", State.BAD, "no reply"))
    total = time.perf_counter() - started
    received = last.tokens_received or model.count_tokens(last.text)
    speed = received / max(total - first, 1e-3)
    findings.append(
        Finding(
            "speed",
            State.OK,
            f"first words after {first:.1f} s, all of {received} tokens after {total:.1f} s"
            f" ({speed:.0f} tokens/s)",
        )
    )
    reply = parse_reply(last.text)
    if reply.structured:
        detail = "keeps to the JSON it is asked for"
    elif model.plain:
        detail = "is asked for sentences, being small; they are attributed by program"
    else:
        detail = "does not keep to the JSON it is asked for; its sentences are read all the same"
    findings.append(Finding("format", State.OK, detail))
    held = sum(check_claim(raw, prompt.evidence).shown for raw in reply.claims)
    findings.append(
        Finding(
            "claims",
            State.OK,
            f"{held} of {len(reply.claims)} statements about a made-up article hold",
            "" if held else "expect quoted answers mostly, or set another model",
        )
    )
    return tuple(findings)


def _evidence() -> tuple[Evidence, ...]:
    (passage,) = split_passages(_ARTICLE.text)
    hit = Hit(_ARTICLE, passage, 1.0, 0.6, 1.0, 0.6, tuple(0.6 for _ in passage.sentences))
    return tuple(
        Evidence(hit, sentence.start, sentence.end, sentence.text, 1.0 - 0.1 * place, ())
        for place, sentence in enumerate(passage.sentences)
    )
