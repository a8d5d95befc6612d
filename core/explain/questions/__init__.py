"""Questions that a room can answer in its head, and the mistakes behind each wrong answer."""
