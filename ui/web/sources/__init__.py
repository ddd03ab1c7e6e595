"""The Sources view: browsing, removing, uploads, and the chart, as safe HTML.

It may use ``index``, ``chat`` and ``wire``, and knows nothing of questions and answers.
"""
