"""The four captioners in PyTorch, with the weights and names of lib/captioners."""

import math

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from positions import reversed_prefixes, sinusoids


def parameter(values):
    return nn.Parameter(torch.tensor(values))


def linear(weights, name):
    kernel, bias = weights[f"{name}/kernel"], weights.get(f"{name}/bias")
    layer = nn.Linear(*kernel.shape, bias=bias is not None)
    layer.weight = parameter(kernel.T.copy())
    if bias is not None:
        layer.bias = parameter(bias)
    return layer


def norm(weights, prefix):
    scale, shift = weights[f"{prefix}scale"], weights[f"{prefix}shift"]
    layer = nn.LayerNorm(len(scale), eps=1e-3)
    layer.weight, layer.bias = parameter(scale), parameter(shift)
    return layer


def fill_lstm(weights, name, layer, suffix):
    """The gates stand in the same order as ours; of PyTorch's two biases one stays zero."""
    parts = {"weight_ih": "kernel", "weight_hh": "recurrent", "bias_ih": "bias"}
    for theirs, own in parts.items():
        setattr(layer, theirs + suffix, parameter(weights[f"{name}/{own}"].T.copy()))
    bias = getattr(layer, "bias_hh" + suffix)
    bias.requires_grad_(False)
    bias.zero_()
    return layer


@torch.no_grad()
def lstm(weights, name):
    inputs, units = weights[f"{name}/kernel"].shape[0], weights[f"{name}/recurrent"].shape[0]
    return fill_lstm(weights, name, nn.LSTM(inputs, units, batch_first=True), "_l0")


@torch.no_grad()
def lstm_cell(weights, name):
    inputs, units = weights[f"{name}/kernel"].shape[0], weights[f"{name}/recurrent"].shape[0]
    return fill_lstm(weights, name, nn.LSTMCell(inputs, units), "")


class Words(nn.Module):
    """Word vectors, shared with the softmax."""

    def __init__(self, weights):
        super().__init__()
        self.table = parameter(weights["embedding"])
        self.bias = parameter(weights["softmax/bias"])

    def forward(self, words):
        return F.embedding(words, self.table) * math.sqrt(self.table.shape[1])

    def logits(self, x):
        return F.linear(x, self.table, self.bias)


class Regions(nn.Module):
    """Regions projected and told their places; `normal` is for later."""

    def __init__(self, weights):
        super().__init__()
        self.project = linear(weights, "regions")
        self.place = parameter(weights["regions/place"])
        self.normal = norm(weights, "regions/")

    def forward(self, features):
        return self.project(features) + self.place


class Block(nn.Module):
    """Pre-norm attention and feed-forward, each added to its input."""

    def __init__(self, weights, name, heads, drop):
        super().__init__()
        parts = ("query", "key", "value", "output")
        self.query, self.key, self.value, self.output = (linear(weights, f"{name}/{part}") for part in parts)
        self.normal = norm(weights, f"{name}/")
        self.heads, self.drop, self.feed = heads, drop, None
        if f"{name}/ff-in/kernel" in weights:
            inner = linear(weights, f"{name}/ff-in"), nn.ReLU(), linear(weights, f"{name}/ff-out")
            self.feed = nn.Sequential(norm(weights, f"{name}/ff-"), *inner)

    def split(self, x):
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)  # [batch, heads, length, size]

    def keys_and_values(self, others):
        return self.split(self.key(others)), self.split(self.value(others))

    def forward(self, x, known=None, before=None, causal=False):
        """x looks at `known`, keys and values, or else at itself and at those of `before`; with the latter."""
        asking = self.normal(x)
        if known is None:
            known = self.keys_and_values(asking)
            if before is not None:
                known = tuple(torch.cat(pair, 2) for pair in zip(before, known))
        answer = F.scaled_dot_product_attention(self.split(self.query(asking)), *known, is_causal=causal)
        x = x + self.drop(self.output(answer.transpose(1, 2).flatten(2)))
        if self.feed is not None:
            x = x + self.drop(self.feed(x))
        return x, known


class CrossAttention(nn.Module):
    def __init__(self, options, weights, drop):
        super().__init__()
        self.words, self.regions, self.drop = Words(weights), Regions(weights), drop
        self.ahead, self.back = lstm(weights, "lstm0/forward"), lstm(weights, "lstm0/backward")
        blocks = [Block(weights, f"block{i}", options["heads"], drop) for i in range(options["layers"])]
        self.blocks = nn.ModuleList(blocks)
        self.final, self.to_word = norm(weights, "final/"), linear(weights, "to-word")

    def forward(self, features, words):
        known = self.keys_and_values(features)
        vectors = self.drop(self.words(words))  # [batch, steps, embedding]
        # The forward LSTM runs once a caption; the backward one over all prefixes as one packed batch.
        rows, steps = words.shape
        places, counts = reversed_prefixes(steps)
        prefixes = vectors[:, torch.tensor(places)].flatten(0, 1)  # [batch * steps, steps, embedding]
        lengths = torch.tensor(counts.sum(1)).repeat(rows)
        packed = pack_padded_sequence(prefixes, lengths, batch_first=True, enforce_sorted=False)
        back = self.back(packed)[1][0][0].unflatten(0, (rows, steps))
        return self.say(self.drop(torch.cat([self.ahead(vectors)[0], back], -1)), known)

    def keys_and_values(self, features):
        regions = self.drop(self.regions.normal(self.regions(features)))
        return [block.keys_and_values(regions) for block in self.blocks]

    def say(self, x, known):
        for block, own in zip(self.blocks, known):
            x, _ = block(x, own)
        return self.words.logits(self.to_word(self.drop(self.final(x))))

    def start(self, features, beams):
        return {"known": [repeated(pair, beams) for pair in self.keys_and_values(features)]}

    def next(self, state, words):
        vectors = self.words(words[:, None])  # [captions, 1, embedding]
        ahead, forward = self.ahead(vectors, state.get("forward"))
        read = torch.cat([vectors, state["read"]], 1) if "read" in state else vectors  # last word first
        x = torch.cat([ahead, self.back(read)[0][:, -1:]], -1)
        return self.say(x, state["known"])[:, 0], {**state, "forward": forward, "read": read}

    def reorder(self, state, rows):
        forward = tuple(x[:, rows] for x in state["forward"])
        return {**state, "forward": forward, "read": state["read"][rows]}


class AttentionLstm(nn.Module):
    def __init__(self, options, weights, drop):
        super().__init__()
        self.words, self.regions, self.drop = Words(weights), Regions(weights), drop
        self.start_hidden, self.start_cell = (linear(weights, f"start/{name}") for name in ("hidden", "cell"))
        names = ("key", "query", "gate")
        self.key, self.query, self.gate = (linear(weights, f"attention/{name}") for name in names)
        self.score = parameter(weights["attention/score"])
        self.cell = lstm_cell(weights, "lstm")
        self.to_word = linear(weights, "to-word")

    def picture(self, features):
        regions = self.drop(self.regions.normal(self.regions(features)))
        mean = regions.mean(1)
        state = torch.tanh(self.start_hidden(mean)), torch.tanh(self.start_cell(mean))
        return (regions, self.key(regions)), state

    def look(self, regions, keys, vector, state):
        """One word: the state after it, and the context."""
        scores = torch.tanh(keys + self.query(state[0])[:, None]) @ self.score  # [rows, regions, 1]
        seen = (scores.softmax(1).transpose(1, 2) @ regions)[:, 0]
        context = torch.sigmoid(self.gate(state[0])) * seen
        return self.cell(torch.cat([vector, context], -1), state), context

    def say(self, vectors, hidden, contexts):
        word = torch.tanh(self.to_word(torch.cat([vectors, self.drop(hidden), contexts], -1)))
        return self.words.logits(self.drop(word))

    def forward(self, features, words):
        picture, state = self.picture(features)
        vectors = self.drop(self.words(words))
        hidden, contexts = [], []
        for t in range(words.shape[1]):
            state, context = self.look(*picture, vectors[:, t], state)
            hidden.append(state[0])
            contexts.append(context)
        return self.say(vectors, torch.stack(hidden, 1), torch.stack(contexts, 1))

    def start(self, features, beams):
        picture, state = self.picture(features)
        return {"picture": repeated(picture, beams), "state": repeated(state, beams)}

    def next(self, before, words):
        vectors = self.words(words)
        state, context = self.look(*before["picture"], vectors, before["state"])
        return self.say(vectors, state[0], context), {**before, "state": state}

    def reorder(self, before, rows):
        return {**before, "state": tuple(x[rows] for x in before["state"])}


class ShowAndTell(nn.Module):
    def __init__(self, options, weights, drop):
        super().__init__()
        self.words, self.drop = Words(weights), drop
        self.picture = linear(weights, "picture")
        scale, shift, mean, variance = (
            weights[f"picture/{part}"] for part in ("scale", "shift", "mean", "variance")
        )
        self.normal = nn.BatchNorm1d(len(scale), eps=1e-3, momentum=0.01)
        self.normal.weight, self.normal.bias = parameter(scale), parameter(shift)
        self.normal.running_mean.copy_(torch.tensor(mean))
        self.normal.running_var.copy_(torch.tensor(variance))
        self.lstms = nn.ModuleList([lstm(weights, f"lstm{i}") for i in range(options["lstmLayers"])])
        self.to_word = linear(weights, "to-word")

    def read(self, x, states):
        """All layers read some words: their last one's hidden states, and the states of all."""
        after = []
        for layer, state in zip(self.lstms, states):
            x, state = layer(self.drop(x), state)
            after.append(state)
        return x, after

    def say(self, x):
        return self.words.logits(self.to_word(self.drop(x)))

    def forward(self, features, words):
        picture = self.normal(self.picture(features.mean(1)))
        x = torch.cat([picture[:, None], self.words(words)], 1)
        return self.say(self.read(x, [None] * len(self.lstms))[0][:, 1:])

    def start(self, features, beams):
        picture = self.normal(self.picture(features.mean(1)))
        picture = picture.repeat_interleave(beams, 0)[:, None]
        return {"states": self.read(picture, [None] * len(self.lstms))[1]}

    def next(self, before, words):
        hidden, states = self.read(self.words(words[:, None]), before["states"])
        return self.say(hidden)[:, 0], {"states": states}

    def reorder(self, before, rows):
        return {"states": [tuple(x[:, rows] for x in state) for state in before["states"]]}


class Transformer(nn.Module):
    def __init__(self, options, weights, drop):
        super().__init__()
        self.words, self.regions, self.drop = Words(weights), Regions(weights), drop

        def blocks(names):
            return nn.ModuleList([Block(weights, name, options["heads"], drop) for name in names])

        layers = range(options["layers"])
        self.blocks = blocks([f"encoder{i}" for i in range(options["encoderLayers"])])
        self.own = blocks([f"decoder{i}/words" for i in layers])
        self.seen = blocks([f"decoder{i}/regions" for i in layers])
        self.final = norm(weights, "final/")

    def keys_and_values(self, features):
        regions = self.drop(self.regions(features))
        for block in self.blocks:
            regions, _ = block(regions)
        regions = self.regions.normal(regions)
        return [block.keys_and_values(regions) for block in self.seen]

    def decode(self, words, known, before):
        """The words [rows, steps] that follow those of `before`: logits, and what the next words look back at."""
        first = before[0][0].shape[2] if before else 0
        vectors = self.words(words)
        places = torch.tensor(sinusoids(first + words.shape[1], vectors.shape[-1])[first:])
        x = self.drop(vectors + places)
        after = []
        for i, (own, seen) in enumerate(zip(self.own, self.seen)):
            x, kept = own(x, before=before[i] if before else None, causal=words.shape[1] > 1)
            x, _ = seen(x, known[i])
            after.append(kept)
        return self.words.logits(self.drop(self.final(x))), after

    def forward(self, features, words):
        return self.decode(words, self.keys_and_values(features), None)[0]

    def start(self, features, beams):
        return {"known": [repeated(pair, beams) for pair in self.keys_and_values(features)], "before": None}

    def next(self, state, words):
        logits, before = self.decode(words[:, None], state["known"], state["before"])
        return logits[:, 0], {**state, "before": before}

    def reorder(self, state, rows):
        return {**state, "before": [tuple(x[rows] for x in pair) for pair in state["before"]]}


def repeated(tensors, times):
    """Each row so many times, side by side."""
    return tuple(x.repeat_interleave(times, 0) for x in tensors)


CAPTIONERS = {
    "cross-attention": CrossAttention,
    "attention-lstm": AttentionLstm,
    "show-and-tell": ShowAndTell,
    "transformer": Transformer,
}
