"""The errors that answering a question raises on purpose.

OnRecordError              from ``index.errors``: anything a user can be told in one line
├── ReaderError            the reader named in the settings cannot be loaded
├── SettingsError          a setting is unknown or out of range
├── ModelError             a chat model cannot be used as it is set up
│   └── ModelCallError     it was called and gave no usable reply
└── QuestionError          a question is empty or too long
"""

from __future__ import annotations

from index.errors import OnRecordError


class ReaderError(OnRecordError):
    """The named reader is not on this machine, damaged, or of a kind that cannot read."""


class SettingsError(OnRecordError):
    """A setting is unknown or its value is out of range."""


class ModelError(OnRecordError):
    """A chat model is unknown, not installed, has no key, or cannot be loaded."""


class ModelCallError(ModelError):
    """A chat model was asked and gave no usable reply; the answer is quoted instead.

    The message says why and contains nothing that the endpoint sent, which may repeat a key.
    """


class QuestionError(OnRecordError):
    """A question is empty or longer than the limit."""
