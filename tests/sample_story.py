"""A news story, paragraph by paragraph, for tests of its copies."""

from __future__ import annotations

PARAGRAPHS = (
    "The ferry Alba ran aground off Port Sorrel on Monday night with 212 people aboard, most of"
    " them on their way home from the lantern fair.",
    "All passengers were brought ashore by midnight, the coast guard said, and nobody was hurt."
    " Two boats from Marrow Bay took part in the rescue.",
    "The harbour master, Ines Calder, blamed a beacon that had failed on Sunday. She said that the"
    " town had asked for a new one in March and was told to wait.",
    "The line to Quill stays closed for three days. Buses run by the coast road instead, every"
    " forty minutes until ten in the evening.",
    "The Alba was built in 1987 and had been overhauled last winter for 3.4 million crowns, half"
    " of which came from the province.",
)
