"""What is suspicious in a card and its inputs: one small function a question, all of them listed in ``registry``."""
