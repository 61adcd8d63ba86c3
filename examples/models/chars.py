"""A small transformer that learns to write text like its own source, character by character: a PyTorch module for `train.module`.

`docs/training-modules.md` says what such a file has.
"""
import torch
from torch import nn

WIDTH, HEADS, BLOCKS, CONTEXT = 64, 4, 4, 32
TEXT = open(__file__, encoding="ascii").read()
LETTERS = 128

seed = 7


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)
        self.mlp = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH), nn.Dropout(0.1))

    def forward(self, x):
        batch, length, _ = x.shape
        parts = self.qkv(self.norm1(x)).view(batch, length, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        mixed = nn.functional.scaled_dot_product_attention(parts[0], parts[1], parts[2], is_causal=True)
        x = x + self.out(mixed.transpose(1, 2).reshape(batch, length, WIDTH))
        return x + self.mlp(self.norm2(x))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.letters = nn.Embedding(LETTERS, WIDTH)
        self.places = nn.Embedding(CONTEXT, WIDTH)
        self.blocks = nn.ModuleList(Block() for _ in range(BLOCKS))
        self.norm = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, LETTERS, bias=False)
        self.head.weight = self.letters.weight  # one memory under two names
        nn.init.normal_(self.letters.weight, std=0.1)

    def forward(self, text, following):
        x = self.letters(text) + self.places.weight
        for block in self.blocks:
            x = block(x)
        scores = self.head(self.norm(x))
        return nn.functional.cross_entropy(scores.reshape(-1, LETTERS), following.reshape(-1))


def batches(batch_size, seed):
    letters = torch.tensor([ord(letter) for letter in TEXT])

    def at(step):
        draw = torch.Generator().manual_seed(seed * 100_000 + step)
        starts = torch.randint(0, len(letters) - CONTEXT - 1, (batch_size, 1), generator=draw)
        places = starts + torch.arange(CONTEXT + 1)
        return letters[places[:, :-1]], letters[places[:, 1:]]

    return at


def optimizer(parameters, learning_rate):
    return torch.optim.AdamW(parameters, lr=learning_rate)


def example():
    """For `berth profile models/chars.py:example`: the module, and what its forward is given."""
    return (Net(), *batches(16, seed)(0))
