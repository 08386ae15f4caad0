"""Beam search over many pictures at once in PyTorch, with the rules of lib/decoding/beam-search.ts."""

import torch

from tensors import under
from torch_captioners import CAPTIONERS
from twins import twin_of

PAD, OOV, START, END = range(4)


@torch.inference_mode()
def beam_search(model, features, beams, longest):
    """Scores [images] and words [images, longest] of the best captions: mean log-probability a word."""
    images = len(features)
    places = torch.arange(images)[:, None] * beams
    state = model.start(features, beams)
    words = torch.full((images * beams,), START)
    totals = torch.full((images, beams), -torch.inf)
    totals[:, 0] = 0  # before the first word all captions of an image are one
    texts = torch.full((images, beams, longest), PAD)
    best_score, best_text = torch.full((images,), -torch.inf), torch.full((images, longest), PAD)
    count = torch.zeros(images, dtype=torch.long)
    for t in range(longest):
        logits, state = model.next(state, words)
        chances = torch.log_softmax(logits.float(), -1).unflatten(0, (images, beams))
        chances[..., [PAD, OOV, START]] = -torch.inf
        if t == 0:
            chances[..., END] = -torch.inf
        likeliest, at = (totals[..., None] + chances).flatten(1).topk(2 * beams)  # [images, 2 * beams]
        parents, chosen = at // chances.shape[-1], at % chances.shape[-1]
        is_end = chosen == END
        # An end among the likeliest `beams` finishes a caption; an image is done when it has so many.
        live = count < beams
        ends = is_end[:, :beams] & live[:, None] & likeliest[:, :beams].isfinite()
        scores, which = torch.where(ends, likeliest[:, :beams] / (t + 1), -torch.inf).max(1)
        better = scores > best_score
        ended = texts.gather(1, parents.gather(1, which[:, None])[..., None].expand(-1, -1, longest))[:, 0]
        best_score = torch.where(better, scores, best_score)
        best_text = torch.where(better[:, None], ended, best_text)
        count += ends.sum(1)
        if bool((count >= beams).all()):
            break
        go = is_end.int().argsort(dim=1, stable=True)[:, :beams]  # the likeliest that do not end
        parents, totals = parents.gather(1, go), likeliest.gather(1, go)
        texts = texts.gather(1, parents[..., None].expand(-1, -1, longest))
        texts[:, :, t] = chosen.gather(1, go)
        words = texts[:, :, t].flatten()
        state = model.reorder(state, (parents + places).flatten())
    none = count == 0
    best_score = torch.where(none, totals.max(1).values / longest, best_score)
    unfinished = texts[torch.arange(images), totals.argmax(1)]
    return best_score, torch.where(none[:, None], unfinished, best_text)


class Peer:
    def __init__(self, task, arrays):
        self.task = task
        model = twin_of(CAPTIONERS, task["captioner"]["name"])
        drop = torch.nn.Dropout(0)
        self.model = model(task["captioner"], under(arrays, "weights/"), drop).eval()
        self.batches = torch.tensor(arrays["features"]).split(task["together"])

    def captions(self, features):
        return beam_search(self.model, features, self.task["beamWidth"], self.task["maxLength"])

    def check(self):
        """The scores of the first captions."""
        return self.captions(self.batches[0])[0].tolist()

    def round(self):
        for features in self.batches:
            self.captions(features)[1].tolist()
