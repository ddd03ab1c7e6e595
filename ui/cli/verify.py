"""The ``verify`` command: does a text support a claim?"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from ui.cli.input_lines import LineError, decode_line, read_fields, replace_surrogates, take_lines
from ui.cli.options import JsonOption, LibraryOption, read_settings
from ui.cli.output import print_json, print_text

if TYPE_CHECKING:
    from index.encoding.encoders import Embedder, TokenEmbedder
    from rag.verification.verify import Verdict

verify_app = typer.Typer()

MAX_KEPT_TEXTS = 64
"""Stretches of evidence whose encodings are kept, since claims on one text often follow another."""


@verify_app.command(
    epilog="\b\nExamples:\n"
    '  onrecord verify "The bridge closed on Monday." --evidence "It closed on Tuesday."\n'
    "  onrecord verify --json - < claims.jsonl"
)
def verify(
    ctx: typer.Context,
    claim: Annotated[
        str,
        typer.Argument(
            metavar="CLAIM",
            help="The claim; '-' for one a line on standard input, as"
            ' {"claim": …, "evidence": text or list of texts}.',
        ),
    ],
    *,
    evidence: Annotated[
        list[str] | None,
        typer.Option(metavar="TEXT", help="What the claim rests on; repeat for several."),
    ] = None,
    encoder: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A model's name or folder; 'none' for words alone."),
    ] = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Check whether a text supports a claim, and say why not."""
    settings = read_settings(ctx, library, encoder=encoder)
    embedder = choose_embedder(settings.library, settings.encoder or None)
    if claim != "-":
        if not evidence:
            raise typer.BadParameter(
                "give the text that the claim rests on", param_hint="--evidence"
            )
        verify_claim(claim, evidence, embedder, as_json=json)
    elif not verify_lines(sys.stdin.buffer, embedder, as_json=json):
        raise typer.Exit(1)


def verify_claim(
    claim: str, evidence: Sequence[str], embedder: Embedder | None, *, as_json: bool
) -> None:
    """Hold one claim to its evidence and print the verdict."""
    from rag.verification.verify import verify

    texts = [replace_surrogates(text) for text in evidence]
    _print(verify(replace_surrogates(claim), texts, embedder=embedder), as_json=as_json)


def verify_lines(
    stream: BinaryIO, embedder: Embedder | TokenEmbedder | None, *, as_json: bool
) -> bool:
    """Hold a claim a line to its evidence, and go on after a bad line.

    Args:
        stream: UTF-8 lines: ``{"claim": …, "evidence": text or [text, …], "published": day}``; the
            day is optional, other fields are ignored.
        embedder: Makes the scores better; None for words alone.
        as_json: Print one JSON object a line, ``{"error": …, "line": n}`` for a bad one.

    Returns:
        Whether every line held a claim and its evidence.
    """
    from index.encoding.encoders import TokenEmbedder
    from rag.chat.claim_check import TokenCache
    from rag.verification.verify import verify

    if isinstance(embedder, TokenEmbedder):
        embedder = TokenCache(embedder, max_texts=MAX_KEPT_TEXTS)

    def judge(line: bytes) -> Verdict:
        claim, evidence, published = parse_claim(line)
        return verify(claim, evidence, embedder=embedder, published=published)

    complete = True
    for _, verdict in take_lines(stream, judge, as_json=as_json):
        if verdict is None:
            complete = False
        else:
            _print(verdict, as_json=as_json)
    return complete


def _print(verdict: Verdict, *, as_json: bool) -> None:
    if as_json:
        print_json(verdict_to_dict(verdict))
    else:
        print_text("\n".join(describe_verdict(verdict)))


def parse_claim(line: bytes) -> tuple[str, list[str], date | None]:
    """Return the claim, the evidence and its day of one line of input.

    Raises:
        LineError: If it is too long or not such an object.
    """
    fields = read_fields(decode_line(line) or "{}")
    claim = fields.get("claim")
    if not isinstance(claim, str):
        raise LineError('needs "claim", a string, and "evidence", a string or a list of them')
    evidence = fields.get("evidence")
    texts = [evidence] if isinstance(evidence, str) else evidence
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise LineError('"evidence" must be a string or a list of strings')
    published = _parse_day(fields.get("published"))
    return replace_surrogates(claim), [replace_surrogates(text) for text in texts], published


def _parse_day(value: object) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise LineError('"published" must be a day as YYYY-MM-DD') from error


def choose_embedder(library: Path, encoder: str | None) -> Embedder | None:
    """Return the encoder to compare with: a library's question graph where there is one.

    Args:
        library: Where a library may be.
        encoder: A name as elsewhere; ``none`` for words alone, None for the default.

    Raises:
        EncoderError: If the encoder is not on this machine.
    """
    if encoder == "none":
        return None
    from index.encoding.encoders import load_embedder
    from index.encoding.model_info import DEFAULT_ENCODER
    from index.library import GRAPH_FOLDER

    return load_embedder(encoder or DEFAULT_ENCODER, graph_folder=library / GRAPH_FOLDER)


def verdict_to_dict(verdict: Verdict) -> dict[str, object]:
    """Return a verdict as ``onrecord verify --json`` prints it."""
    return {
        "support": verdict.support.value,
        "score": round(verdict.score, 4),
        "reasons": [
            {
                "kind": reason.kind.value,
                "text": reason.text,
                "span": list(reason.span) if reason.span else None,
            }
            for reason in verdict.reasons
        ],
    }


def describe_verdict(verdict: Verdict) -> list[str]:
    """Return a verdict as lines that are safe to show."""
    from ui.escape import clean_line

    return [
        f"{verdict.support.value} ({verdict.score:.2f})",
        *(f"  {clean_line(reason.text)}" for reason in verdict.reasons),
    ]
