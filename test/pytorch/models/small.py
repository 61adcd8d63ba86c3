"""Modules that tests profile: small, and each with something that a tracer stumbles over or must not."""

import torch
from torch import nn


class Residual(nn.Module):
    """Two convolutions, an operation in place, a skip connection, a view."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(inplace=True), nn.Conv2d(8, 8, 3, padding=1))
        self.skip = nn.Conv2d(3, 8, 1)
        self.head = nn.Linear(8, 10)

    def forward(self, x):
        out = self.body(x)
        out += self.skip(x)
        return self.head(torch.relu(out).mean((2, 3)).flatten(1))


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, 2 * width)
        self.down = nn.Linear(2 * width, width)

    def forward(self, x):
        return x + self.down(torch.tanh(self.up(self.norm(x))))


class Tied(nn.Module):
    """A language model whose last layer has the weights of its first, and whose blocks are not to be split."""

    _no_split_modules = ["Block"]

    def __init__(self, words=100, width=16, blocks=3):
        super().__init__()
        self.embed = nn.Embedding(words, width)
        self.blocks = nn.ModuleList(Block(width) for _ in range(blocks))
        self.head = nn.Linear(width, words, bias=False)
        self.head.weight = self.embed.weight

    def forward(self, words):
        x = self.embed(words)
        for block in self.blocks:
            x = block(x)
        return self.head(x)


class Untied(Tied):
    """The same with weights of its own in the last layer."""

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(16, 100)


class Branching(nn.Module):
    """What is run depends on values: no graph says it for all of them."""

    def __init__(self):
        super().__init__()
        self.small = nn.Linear(4, 4)
        self.large = nn.Linear(4, 4)

    def forward(self, x):
        if float(x.sum()) > 1e9:
            return self.large(x)
        return self.small(x) + 1


class Refusing(nn.Module):
    def forward(self, x):
        raise ValueError("it wants three channels")


class Broken(nn.Module):
    def __init__(self):
        super().__init__()
        raise RuntimeError("no licence for these weights")


def with_inputs():
    """A module together with its arguments."""
    return Residual(), torch.randn(2, 3, 8, 8)


def tied_inputs():
    return {"words": torch.randint(0, 100, (2, 6))}
