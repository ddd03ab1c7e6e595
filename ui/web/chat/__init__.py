"""The chat without its page: answers, conversations, exports, feedback, filters, collections, jobs.

It may use ``rag``, ``index``, ``wire`` and ``access``, and knows neither Gradio nor HTML.
"""
