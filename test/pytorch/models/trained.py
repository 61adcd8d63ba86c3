"""A small module with all that is hard to place: tied weights, dropout, batch normalisation, an op that works in place, parts of one value."""
import torch
from torch import nn

seed = 3
WORDS = 32


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.mix = nn.Conv1d(width, 2 * width, 3, padding=1)
        self.norm = nn.BatchNorm1d(2 * width)
        self.act = nn.ReLU(inplace=True)
        self.drop = nn.Dropout(0.2)

    def forward(self, x):
        left, right = self.act(self.norm(self.mix(x))).chunk(2, dim=1)
        return x + self.drop(left * right)


class Net(nn.Module):
    def __init__(self, width=16, depth=4):
        super().__init__()
        self.embed = nn.Embedding(WORDS, width)
        self.blocks = nn.ModuleList(Block(width) for _ in range(depth))
        self.head = nn.Linear(width, WORDS, bias=False)
        self.head.weight = self.embed.weight
        nn.init.normal_(self.embed.weight, std=0.3)

    def forward(self, ids):
        x = self.embed(ids).transpose(1, 2)
        for block in self.blocks:
            x = block(x)
        return self.head(x.transpose(1, 2))


def loss(output, target):
    return nn.functional.cross_entropy(output.reshape(-1, WORDS), target.reshape(-1))


def optimizer(parameters, learning_rate):
    return torch.optim.AdamW(parameters, lr=learning_rate)


def batches(batch_size, seed):
    draw = torch.Generator().manual_seed(seed)
    while True:
        ids = torch.randint(0, WORDS, (batch_size, 12), generator=draw)
        yield ids, ids.flip(1)
