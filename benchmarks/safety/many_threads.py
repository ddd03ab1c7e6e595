"""A thousand threads ask ten thousand questions: open files and memory stay level.

python -m benchmarks.safety.many_threads
python -m benchmarks.safety.many_threads --threads 100 --questions 1000
"""

from __future__ import annotations

import argparse
import tempfile
import threading
from pathlib import Path

from benchmarks.child import read_memory
from index.encoding.encoders import HashEmbedder
from index.library import Library
from index.types import Article
from rag.assistant import Assistant
from rag.settings import Settings


def main() -> None:
    """Ask in several waves, and print files and memory after each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=1_000)
    parser.add_argument("--questions", type=int, default=10_000)
    parser.add_argument("--waves", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "library"
        with Library.create(folder, embedder=HashEmbedder()) as library:
            library.add(
                Article(f"a{n}", f"Ferry {n}", f"Ferry {n} takes {n} passengers to Quill.")
                for n in range(50)
            )
            with Assistant(library, Settings(reader="none")) as assistant:
                assistant.ask("how many passengers does ferry 7 take?")
                print(f"before: {describe()}")
                each = max(1, given.questions // given.threads // given.waves)
                for wave in range(given.waves):
                    most = run_wave(assistant, given.threads, each)
                    print(f"wave {wave + 1}: at most {most:,} files; {describe()}", flush=True)


def run_wave(assistant: Assistant, n_threads: int, each: int) -> int:
    """Ask with many threads at once; return the most files that were open."""
    most = 0

    def ask() -> None:
        nonlocal most
        for n in range(each):
            assistant.ask(f"how many passengers does ferry {n % 50} take?")
            most = max(most, count_files())

    threads = [threading.Thread(target=ask) for _ in range(n_threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return most


def count_files() -> int:
    """Return how many files this process has open."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def describe() -> str:
    """Return open files and memory, as a line."""
    return f"{count_files():,} files, {read_memory() >> 20:,} MiB"


if __name__ == "__main__":
    main()
