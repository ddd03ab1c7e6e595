"""The mean of multilingual-e5-small's vectors: ``python -m benchmarks.fitting.fit_centre``.

Its vectors fill a narrow cone: two unrelated texts have a cosine of .75. Without their mean, which
is what they all share, cosines are spread as those of the default encoder are, and the weights
fitted on that one apply. The mean is taken over passages and questions in twelve languages, each
language counting alike.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from index.encoding.e5_weights import CENTRE_FILE, read_weights
from index.encoding.model_info import MULTILINGUAL_ENCODER
from index.encoding.multilingual import PASSAGE_PROMPT, QUESTION_PROMPT, find_weights, write_graph
from index.encoding.question_graph import load_graph

TEXTS = Path(__file__).with_name("centre_texts.toml")


def main() -> None:
    """Write the mean to ``CENTRE_FILE``."""
    weights = read_weights(find_weights())
    texts = tomllib.loads(TEXTS.read_text("utf-8"))
    with TemporaryDirectory() as folder:
        write_graph(Path(folder), weights, np.zeros(weights.dim, np.float32))
        graph = load_graph(Path(folder), name=MULTILINGUAL_ENCODER)
        assert graph is not None
        means = [
            np.mean([graph.read(prompt + text)[1] for text in language[kind]], axis=0)
            for language in texts.values()
            for kind, prompt in (("passages", PASSAGE_PROMPT), ("questions", QUESTION_PROMPT))
        ]
    np.save(CENTRE_FILE, np.mean(means, axis=0).astype(np.float32), allow_pickle=False)


if __name__ == "__main__":
    main()
