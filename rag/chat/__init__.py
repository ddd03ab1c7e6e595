"""Chat models: which there are, what they are sent, how they are called and their replies read.

Imported only if a model is set. Every statement of a model is verified here before it is shown.
"""
