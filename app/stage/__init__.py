"""A lecture while it is given: the stage that the room sees, the speaker's notes, the room's votes.

Three small pages beside those of the app, which follow one room in a file that all processes share.
"""
