"""The other side: the pipeline of LangChain tutorials, with the same encoder.

Articles are cut by ``RecursiveCharacterTextSplitter`` (1,000 characters, 200 of overlap), encoded
by ``HuggingFaceEmbeddings`` with its defaults, kept in a ``FAISS`` vector store, and asked with
``similarity_search(question, k=4)``. The store is saved as ``save_local`` saves it, but for the
chunks: they are JSON and no pickle, since nothing here is unpickled.

    python -m benchmarks.speed.usual_pipeline STORE QUESTION

does all of it in one process: load the saved store, print the four passages.
"""

from __future__ import annotations

import argparse
import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from index.encoding.model_info import DEFAULT_ENCODER, find_model_folder, forbid_downloads

if TYPE_CHECKING:
    from langchain_community.embeddings import HuggingFaceEmbeddings
    from langchain_community.vectorstores import FAISS
    from langchain_core.documents import Document
    from langchain_core.embeddings import Embeddings

CHUNK_CHARS = 1000
OVERLAP_CHARS = 200
PASSAGES = 4
INDEX_FILE, CHUNKS_FILE = "index.faiss", "chunks.jsonl"


def load_embeddings() -> HuggingFaceEmbeddings:
    """Return the encoder that OnRecord uses by default, through the usual class."""
    forbid_downloads()  # as on our side, so that neither waits for the network
    from langchain_community.embeddings import HuggingFaceEmbeddings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it has moved to a package of its own, unchanged
        return HuggingFaceEmbeddings(model_name=str(find_model_folder(DEFAULT_ENCODER)))


def read_documents(collection: Path) -> Iterator[Document]:
    """Yield the articles of a ``.jsonl`` collection."""
    from langchain_core.documents import Document

    with collection.open(encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            metadata = {"id": record["id"], "title": record["title"]}
            yield Document(page_content=record["text"], metadata=metadata)


def split_documents(documents: Iterator[Document]) -> list[Document]:
    """Return the chunks of some articles; ``start_index`` says where each begins."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(
        chunk_size=CHUNK_CHARS, chunk_overlap=OVERLAP_CHARS, add_start_index=True
    )
    return splitter.split_documents(documents)


def build_store(collection: Path, folder: Path, embeddings: Embeddings) -> int:
    """Read, split, encode and save a collection; return the number of chunks."""
    from langchain_community.vectorstores import FAISS

    chunks = split_documents(read_documents(collection))
    save_store(FAISS.from_documents(chunks, embeddings), folder)
    return len(chunks)


def save_store(store: FAISS, folder: Path) -> None:
    """Save a store: its vectors, and its chunks in the same order."""
    import faiss
    from langchain_core.documents import Document

    folder.mkdir(parents=True, exist_ok=True)
    faiss.write_index(store.index, str(folder / INDEX_FILE))
    with (folder / CHUNKS_FILE).open("w", encoding="utf-8") as lines:
        for place in range(len(store.index_to_docstore_id)):
            chunk = store.docstore.search(store.index_to_docstore_id[place])
            if isinstance(chunk, Document):  # else a line that says that it is missing
                print(json.dumps([chunk.page_content, chunk.metadata]), file=lines)


def open_store(folder: Path, embeddings: Embeddings) -> FAISS:
    """Return a saved store."""
    import faiss
    from langchain_community.docstore.in_memory import InMemoryDocstore
    from langchain_community.vectorstores import FAISS
    from langchain_core.documents import Document

    lines = (folder / CHUNKS_FILE).read_text("utf-8").splitlines()
    chunks = {
        str(place): Document(page_content=text, metadata=metadata)
        for place, (text, metadata) in enumerate(map(json.loads, lines))
    }
    return FAISS(
        embedding_function=embeddings,
        index=faiss.read_index(str(folder / INDEX_FILE)),
        docstore=InMemoryDocstore(chunks),
        index_to_docstore_id=dict(enumerate(chunks)),
    )


def main() -> None:
    """Load a store, ask it one question and print the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("store", type=Path)
    parser.add_argument("question")
    arguments = parser.parse_args()
    store = open_store(arguments.store, load_embeddings())
    for found in store.similarity_search(arguments.question, k=PASSAGES):
        print(f"{found.metadata['title']}: {found.page_content}")


if __name__ == "__main__":
    main()
