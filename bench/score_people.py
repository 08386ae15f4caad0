"""Scores people's captions with coco-caption's own scorers and with `npm run score`, and compares.

Usage, in the project's folder, with Java on the path:
  .venv/bin/python bench/score_people.py --flickr8k ../shared/flickr8k --coco ../shared/coco/captions_val2017.json

Each image's first caption is scored against its others: those of Flickr8k's dev list and all of a COCO annotation
file. The scorers are those of PyPI's pycocoevalcap 1.2: Stanford's PTBTokenizer and METEOR 1.5 run in Java. Fails
where a score differs by more than 1e-4.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.cider.cider import Cider
from pycocoevalcap.meteor.meteor import Meteor
from pycocoevalcap.rouge.rouge import Rouge
from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer

TOLERANCE = 1e-4
METRICS = ["BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "METEOR", "ROUGE-L", "CIDEr"]


def flickr8k(folder):
    """Captions of the images of the dev list: {image: [caption, ...]}."""
    captions = {}
    for line in (folder / "Flickr8k.token.txt").read_text(encoding="utf8").splitlines():
        name, caption = line.split("\t", 1)
        captions.setdefault(name.split("#")[0], []).append(caption)
    dev = (folder / "Flickr_8k.devImages.txt").read_text(encoding="utf8").split()
    return {image: captions[image] for image in dev}


def coco(file):
    """Captions of the images of a COCO annotation file: {image: [caption, ...]}."""
    captions = {}
    for annotation in json.loads(file.read_text(encoding="utf8"))["annotations"]:
        captions.setdefault(str(annotation["image_id"]), []).append(annotation["caption"])
    return captions


def reference_scores(references, candidates):
    """Scores of the corpus by coco-caption's scorers: {metric: score}."""
    wrap = lambda captions: {image: [{"caption": one} for one in of] for image, of in captions.items()}
    tokenizer = PTBTokenizer()
    references, candidates = tokenizer.tokenize(wrap(references)), tokenizer.tokenize(wrap(candidates))
    scores = []
    with contextlib.redirect_stdout(sys.stderr):
        for scorer in (Bleu(4), Meteor(), Rouge(), Cider()):
            score, _ = scorer.compute_score(references, candidates)
            scores += score if isinstance(score, list) else [score]
    return dict(zip(METRICS, map(float, scores)))


def own_scores(references, candidates):
    """Scores of the corpus by `npm run score`."""
    with tempfile.TemporaryDirectory() as folder:
        files = [os.path.join(folder, name) for name in ("references.json", "candidates.json", "scores.json")]
        Path(files[0]).write_text(json.dumps(references), encoding="utf8")
        Path(files[1]).write_text(json.dumps(candidates), encoding="utf8")
        command = ["node", "--import", "tsx", "lib/cli.ts", "score"]
        options = [f"--{name}={file}" for name, file in zip(("references", "candidates", "json"), files)]
        subprocess.run(command + options + ["--chair"], check=True, stdout=subprocess.DEVNULL)
        return json.loads(Path(files[2]).read_text(encoding="utf8"))


def compare(name, captions):
    """Prints both scores of a set of captions; returns the largest difference."""
    candidates = {image: of[:1] for image, of in captions.items()}
    references = {image: of[1:] for image, of in captions.items()}
    expected, own = reference_scores(references, candidates), own_scores(references, candidates)
    print(f"\n{name}, {len(captions)} images\n\n| metric | coco-caption | npm run score | difference |\n| --- | --- | --- | --- |")
    for metric in METRICS:
        difference = own[metric] - expected[metric]
        print(f"| {metric} | {expected[metric]:.6f} | {own[metric]:.6f} | {difference:+.1e} |")
    hallucinated = ", ".join(f"{name} {100 * own[name]:.1f}" for name in ("CHAIRs", "CHAIRi"))
    print(f"\nObjects that no other caption of the image names, x 100 (npm run score -- --chair): {hallucinated}")
    return max(abs(own[metric] - expected[metric]) for metric in METRICS)


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--flickr8k", type=Path, help="folder of Flickr8k.token.txt and Flickr_8k.devImages.txt")
parser.add_argument("--coco", type=Path, help="captions_val2017.json or another COCO annotation file")
options = parser.parse_args()
differences = []
if options.flickr8k:
    differences.append(compare("Flickr8k, dev list", flickr8k(options.flickr8k)))
if options.coco:
    differences.append(compare(f"COCO, {options.coco.name}", coco(options.coco)))
if not differences:
    parser.error("expected --flickr8k, --coco or both")
sys.exit(0 if max(differences) <= TOLERANCE else 1)
