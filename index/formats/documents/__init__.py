"""PDF, DOCX, ODT and EPUB -> articles, with the pages of a PDF.

They know ZIP packages and XML, and nothing of web pages.
"""
