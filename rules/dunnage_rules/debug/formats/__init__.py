"""Readers of binary formats: the few structures that the debug rules ask about, from front to
back."""
