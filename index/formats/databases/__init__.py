"""One file, many articles: the exports of press databases, recognised in text, one module each.

They see lines of text, whatever container these were in; only ``load_export`` knows of files.
"""
