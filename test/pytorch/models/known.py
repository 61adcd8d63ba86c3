"""Models that everybody knows, with random weights, as training modules: what placed runs are compared on with plain PyTorch."""
import os

os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"

import torch
from torch import nn

seed = 5
SIDE = 64
LENGTH = 32


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        from torchvision.models import resnet50

        self.net = resnet50()

    def forward(self, images, labels):
        return nn.functional.cross_entropy(self.net(images), labels)


def resnet50():
    return Classifier()


def bert():
    from transformers import BertConfig, BertForMaskedLM

    return BertForMaskedLM(BertConfig(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0))


def gpt2():
    from transformers import GPT2Config, GPT2LMHeadModel

    return GPT2LMHeadModel(GPT2Config(resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, use_cache=False))


def batches(batch_size, seed):
    """Images for the one, words for the others: which is told by the name in the environment, since the file has three modules."""
    images = os.environ.get("BERTH_TEST_MODEL") == "resnet50"

    def at(step):
        draw = torch.Generator().manual_seed(seed * 1000 + step)
        if images:
            pictures = torch.randn(batch_size, 3, SIDE, SIDE, generator=draw)
            return {"images": pictures, "labels": torch.randint(0, 1000, (batch_size,), generator=draw)}
        words = torch.randint(0, 30000, (batch_size, LENGTH), generator=draw)
        return {"labels": words, "input_ids": words}

    return at


def optimizer(parameters, learning_rate):
    return torch.optim.SGD(parameters, lr=learning_rate, momentum=0.9)
