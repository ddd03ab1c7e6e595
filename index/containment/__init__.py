"""Foreign formats are parsed in a separate process that can reach nothing and can be killed.

Only files, articles and skips pass between the two; what a format is, only the loaders know.
"""
