"""Who said what, whom articles name, and when: rows derived from the record, in their own file.

May know the record and the languages. It holds nothing that the record cannot give again.
"""
