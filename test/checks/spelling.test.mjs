import assert from 'node:assert/strict';
import { britishWords } from '../../scripts/checks/spelling.mjs';

// In pieces: the check reads this file, too.
const british = [
  'col' + 'our',
  'neighb' + 'ourOf',
  'normalis' + 'ation',
  'labell' + 'ed',
  'ANALYS' + 'ED',
  'gr' + 'eyLevel',
];
const american = [
  'color',
  'neighborOf',
  'four hours',
  'advertisement',
  'noise',
  'called',
  'analyses',
  'greyhound',
  'programmed',
];

describe('checks: spelling', () => {
  it('finds British forms, in identifiers too, with their line', () => {
    assert.deepEqual(britishWords(`a\n${british[0]}`), [{ line: 2, word: british[0] }]);
    for (const word of british) assert.equal(britishWords(word).length, 1, word);
  });

  it('leaves American ones', () => {
    assert.deepEqual(britishWords(american.join(' ')), []);
  });
});
