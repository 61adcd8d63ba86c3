"""PyTorch modules for Berth: what they compute (`trace`), what that costs (`profile`), and how they run on several devices.

Runs with the user's own Python and PyTorch, 1.13 or later; imports nothing else.
"""
