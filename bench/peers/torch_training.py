"""A training step in PyTorch, eagerly."""

import torch
import torch.nn.functional as F

from tensors import under
from torch_captioners import CAPTIONERS
from twins import twin_of

CHECKED_STEPS = 3


def make_optimizer(training, parameters):
    groups = [
        {"params": [p for p in parameters if p.dim() > 1], "weight_decay": training["weightDecay"]},
        {"params": [p for p in parameters if p.dim() == 1], "weight_decay": 0},
    ]
    return torch.optim.AdamW(groups, lr=training["learningRate"], betas=(0.9, 0.98), eps=1e-8, fused=True)


class Peer:
    def __init__(self, task, arrays):
        self.task, self.training = task, task["training"]
        self.drop = torch.nn.Dropout(task["dropout"])
        model = twin_of(CAPTIONERS, task["captioner"]["name"])
        self.model = model(task["captioner"], under(arrays, "weights/"), self.drop).train()
        batch = {name: torch.tensor(values) for name, values in under(arrays, "batch/").items()}
        self.features, self.counts = batch["features"], batch["lossWeights"]
        self.words, self.targets = batch["tokens"].long(), batch["targets"].long()
        self.parameters = [p for p in self.model.parameters() if p.requires_grad]
        self.optimizer = make_optimizer(self.training, self.parameters)
        self.averages = [p.detach().clone() for p in self.parameters]

    def loss(self):
        with torch.autocast("cpu", torch.bfloat16, enabled=self.task["precision"] == "bfloat16"):
            logits = self.model(self.features, self.words).flatten(0, 1)
            smoothing = self.training["labelSmoothing"]
            targets = self.targets.flatten()
            losses = F.cross_entropy(logits.float(), targets, reduction="none", label_smoothing=smoothing)
        return (losses * self.counts.flatten()).sum() / self.counts.sum()

    def step(self):
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, self.training["clipNorm"])
        self.optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(self.averages, self.parameters, 1 - self.training["emaDecay"])
        return loss.item()

    def check(self):
        self.drop.p = 0
        losses = [self.step() for _ in range(CHECKED_STEPS)]
        self.drop.p = self.task["dropout"]
        return losses

    def round(self):
        for _ in range(self.task["steps"]):
            self.step()
