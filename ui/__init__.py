"""OnRecord's faces: the command line, the chat, and how answers are shown."""
