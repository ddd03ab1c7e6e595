"""From a question's vector and words to ranked passages; the search structure and its file.

Knows the record and the stories; only ``faiss_index.py`` knows FAISS.
"""
