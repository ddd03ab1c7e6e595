"""Files -> articles: one loader per format, and what loaders share.

They know texts and languages, and neither the record nor the network.
"""
