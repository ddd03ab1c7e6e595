"""What a statement is to its speaker; light to import, since the command line offers the names."""

from enum import StrEnum


class Stance(StrEnum):
    """What a statement is to its speaker."""

    ASSERTS = "asserts"
    DENIES = "denies"
    CONFIRMS = "confirms"
    ACCUSES = "accuses"
    PROMISES = "promises"
    DEMANDS = "demands"
    ASKS = "asks"
    DECLINES = "declines"
    CORRECTS = "corrects"
    BELIEVES = "believes"
