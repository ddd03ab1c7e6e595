"""Who and what gets to the server: listening, logins, routes, headers, the queue.

It knows HTTP and nothing of questions or articles.
"""
