"""From a shipped file back to weights, to train it further.

    python -m training.restore rag/evidence/reader_model --out FILE

What 8 bits lost stays lost, which the reader's scores hardly show. The token embeddings, which are
never trained, are the encoder's own.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from safetensors.torch import save_file

from training.export import MODEL_FILE
from training.model import ReaderModel, encoder_folder

EMBEDDINGS = "encoder.embeddings.word_embeddings.weight"


def main() -> None:
    """Write the weights of an exported reader as safetensors."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    save_file(restore(arguments.folder), arguments.out)


def restore(folder: Path, *, n_layers: int | None = None) -> dict[str, torch.Tensor]:
    """Return the weights of an exported reader.

    Args:
        folder: Where ``training.export`` wrote it.
        n_layers: Layers that it has; all of the encoder's when None.

    Raises:
        ValueError: If the file has other matrices than the model.
    """
    graph = onnx.load(str(folder / MODEL_FILE)).graph
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    weights = ReaderModel(encoder_folder(), n_layers=n_layers).state_dict()
    # The exporter numbers the matrices in the order of their use, which is the model's own; the
    # projections of the heads that come last keep their names.
    numbered = sorted(
        (name.removesuffix("_quantized") for name in stored if name.startswith("val_")
         and name.endswith("_quantized")),
        key=lambda name: int(name.split("_")[1]),
    )  # fmt: skip
    unnamed = [
        name
        for name, value in weights.items()
        if value.ndim == 2 and name not in stored and f"{name}_quantized" not in stored  # noqa: PLR2004 - matrices
        and name != EMBEDDINGS
    ]  # fmt: skip
    if len(numbered) != len(unnamed):
        raise ValueError(f"{len(numbered)} matrices where the model has {len(unnamed)}")
    sources = dict(zip(unnamed, numbered, strict=True))
    for name, value in weights.items():
        if name == EMBEDDINGS:
            continue
        if name in stored:
            found = stored[name]
        else:
            source = sources.get(name, name)
            found = stored[f"{source}_quantized"].astype(np.float32) * stored[f"{source}_scale"]
            found = found.T
        if found.shape != tuple(value.shape):
            raise ValueError(f"{name} has the shape {found.shape}, not {tuple(value.shape)}")
        weights[name] = torch.tensor(found.copy())
    return weights


if __name__ == "__main__":
    main()
