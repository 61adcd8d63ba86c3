"""Real models with random weights, made from their configurations: nothing is fetched."""

import os

import torch

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_OFFLINE"] = "1"


def resnet50():
    from torchvision.models import resnet50 as make

    return make(), torch.randn(8, 3, 224, 224)


def inception():
    from torchvision.models import inception_v3

    return inception_v3(aux_logits=False, init_weights=False), torch.randn(8, 3, 299, 299)


def bert():
    from transformers import BertConfig, BertModel

    return BertModel(BertConfig()), _words(30_000)


def gpt2():
    return _gpt2(12, 12, 768)


def gpt2_answering():
    """Without a loss: what is given out are the logits of one text."""
    model, arguments = _gpt2(12, 12, 768)
    return model, {"input_ids": arguments["input_ids"][:1]}


def gpt2_xl():
    return _gpt2(48, 25, 1600)


def _gpt2(layers, heads, width):
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(n_layer=layers, n_head=heads, n_embd=width, use_cache=False)
    words = _words(50_000)
    return GPT2LMHeadModel(config), {"input_ids": words, "labels": words}


def _words(below):
    return torch.randint(0, below, (2, 128))
