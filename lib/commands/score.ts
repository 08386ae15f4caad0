import { matchImages, type MatchedCaptions } from '../data/caption-sets/match-images';
import { readCaptionSet } from '../data/caption-sets/read-caption-set';
import { UserError } from '../errors';
import { imagesHave } from '../metrics/same-images';
import { scoreCaptions } from '../metrics/score';
import { measureSetDiversity } from '../metrics/set-diversity';
import type { Captions, References } from '../metrics/types';
import type { CommandDefinition } from './support/command';
import { addChairFlags, objectsForChair, type ChairFlags } from './support/chair-flags';
import { diversityTable } from './support/diversity-table';
import { CIDER_OF_ONE_IMAGE, diversityReport, scoreLines } from './support/evaluation-report';
import { JSON_OR_STDOUT, jsonFile } from './support/json-file';
import { reportProblems } from './support/report-problems';
import { readPath } from './support/user-path';

interface Options extends ChairFlags {
  references: string;
  candidates: string;
  subset?: boolean;
  documentFrequencies?: string;
  training?: string;
  json?: string;
}

const HELP = `
Candidates: {"image": "caption", …}, or a list of captions of an image, the best first
            [{"image_id": 1, "caption": "…"}, …], the form of COCO's results
            what npm run caption -- --json FILE and npm run evaluate -- --json FILE write
References: {"image": ["caption", …], …}
            COCO's captions_*.json and every other caption file of a data set
Of several candidates of an image the first is scored; all of them count for the diversity.
The numbers 139 and "000000000139" and the file val2017/000000000139.jpg are one image.`;

export const command: CommandDefinition = {
  name: 'score',
  summary: 'Score captions with the metrics of the field, as the scorers of coco-caption do.',
  details:
    'Captions may come from anywhere: give those to score (--candidates) and what people wrote about the same images ' +
    '(--references).',
  addOptions(command) {
    command
      .requiredOption(
        '--references <file>',
        'captions to score against, several for each image; see below',
        readPath('--references'),
      )
      .requiredOption(
        '--candidates <file>',
        'captions to score, one or more for each image; see below',
        readPath('--candidates'),
      )
      .option(
        '--subset',
        'score the images that have both candidates and references, and leave out the others',
      );
    addChairFlags(command)
      .option(
        '--document-frequencies <file>',
        "captions, as references, whose phrases weigh in CIDEr by how many of the images have them: COCO's validation " +
          'captions for the "coco-val" of other scorers (default: the references that are scored, their "corpus")',
        readPath('--document-frequencies'),
      )
      .option(
        '--training <file>',
        'captions that the captioner learned: adds the share of captions that are new',
        readPath('--training'),
      )
      .option('--json <file>', `write the scores there, as fractions (CIDEr may exceed 1) ${JSON_OR_STDOUT}`)
      .addHelpText('after', HELP);
  },
  async run(command) {
    const options = command.opts<Options>();
    const { references, candidates, documentFrequencies, instances, training } = options;
    const inputs = [references, candidates, documentFrequencies, instances, training];
    const writeJson = jsonFile(
      options.json,
      inputs.filter((input) => input !== undefined),
    );
    const matched = readMatched(options);
    const documents = captionsOf(documentFrequencies);
    const known = objectsForChair(options, Object.keys(matched.candidates));
    const learned = captionsOf(training);

    const scored = await scoreCaptions(matched.references, firstOfEach(matched.candidates), {
      documents,
      objects: known?.objects,
    });
    const images = Object.keys(matched.candidates).length;
    const counted = documents ?? matched.references;
    const notes = [
      ...scored.notes,
      ...(known ? [known.note] : []),
      ...leftOut(matched),
      ...(Object.keys(counted).length === 1 ? [CIDER_OF_ONE_IMAGE] : []),
    ];
    const diversity = diversityReport(matched.candidates, learned && Object.values(learned).flat());
    const sets = measureSetDiversity(matched.candidates);

    console.log(`${images} ${images === 1 ? 'image' : 'images'}, scores x 100:`);
    console.log(scoreLines(scored.corpus).join('\n'));
    notes.forEach((note) => console.log(`\n${note}`));
    console.log(['', ...diversityTable(diversity, sets)].join('\n'));
    writeJson({
      ...scored.corpus,
      images,
      diversity: { ...diversity, ...(sets ? { sets } : {}) },
      ...(notes.length > 0 ? { notes } : {}),
    });
  },
};

/** @throws UserError where images stand on one side only and are not to be left out */
function readMatched(options: Options): MatchedCaptions {
  const references = readCaptionSet(options.references, 'references', { join: true });
  const candidates = readCaptionSet(options.candidates, 'candidates');
  reportProblems([...references.problems, ...candidates.problems]);
  const matched = matchImages(references, candidates);
  const { withoutReferences, withoutCandidate } = matched;
  if (options.subset) return matched;
  if (withoutReferences.length > 0) {
    throw new UserError(
      `${imagesHave(withoutReferences)} a candidate but no references: add references, or score the others with --subset.`,
    );
  }
  if (withoutCandidate.length > 0) {
    throw new UserError(
      `${imagesHave(withoutCandidate)} references but no candidate: add a candidate, or score the others with --subset.`,
    );
  }
  return matched;
}

/** Says how many images --subset leaves out. */
function leftOut({ candidates, withoutCandidate, withoutReferences }: MatchedCaptions): string[] {
  const scored = Object.keys(candidates).length;
  const sentence = (missing: number, having: string, what: string) => {
    const [verb, copula] = missing === 1 ? ['has', 'is'] : ['have', 'are'];
    return `${missing} of ${scored + missing} images with ${having} ${verb} no ${what} and ${copula} left out.`;
  };
  return [
    ...(withoutCandidate.length > 0 ? [sentence(withoutCandidate.length, 'references', 'candidate')] : []),
    ...(withoutReferences.length > 0 ? [sentence(withoutReferences.length, 'candidates', 'references')] : []),
  ];
}

/** The best candidate of each image. */
function firstOfEach(candidates: MatchedCaptions['candidates']): Captions {
  return Object.fromEntries(Object.entries(candidates).map(([image, [first]]) => [image, first]));
}

/** The captions in a further file, where one is named. */
function captionsOf(file: string | undefined): References | undefined {
  if (file === undefined) return undefined;
  const { captions, problems } = readCaptionSet(file, 'captions', { join: true });
  reportProblems(problems);
  return Object.fromEntries(captions);
}
