"""ZIP, tar, WARC and packed files -> the files in them, unpacked in memory within limits.

They yield files and know only by the registry whether these have loaders.
"""
