"""What else is wrong with a card after the first error: the guilty part is left out, and reading goes on."""
