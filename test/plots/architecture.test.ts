import '../../lib/native/backend';
import assert from 'node:assert/strict';
import { architectureOf, type Architecture } from '../../lib/captioners/architecture';
import { architectureGraph } from '../../lib/plots/architecture-graph';
import { layoutArchitecture } from '../../lib/plots/architecture-layout';
import { drawArchitecture } from '../../lib/plots/architecture-drawing';
import { summary } from '../../lib/plots/model-summary';
import { captionerOf, everyCaptioner, tinyCaptioner, tinyInputs } from '../helpers/tiny-captioner';

/** A layer of a made-up model. */
const dense = (name: string, ...inputs: string[]) => ({
  ...{ name, type: 'Dense', outputShape: ['batch', 3], weights: [], parameters: 9, tiedWeights: [], inputs },
});

const model = (...layers: Architecture['layers']): Architecture => ({
  inputs: [
    { name: 'features', shape: ['batch', 2, 3] },
    { name: 'tokens', shape: ['batch', 'steps'] },
  ],
  layers,
  outputs: [{ name: 'logits', shape: ['batch', 3], from: [layers[layers.length - 1].name] }],
  ...{ trainable: 0, nonTrainable: 0 },
});

describe('drawing of an architecture', () => {
  it('shows repeated blocks once, with what follows the last of them', () => {
    const { nodes, blocks } = architectureGraph(
      model(
        dense('start', 'tokens'),
        ...[dense('a0/in', 'start', 'features'), dense('a0/out', 'a0/in', 'start')],
        ...[dense('a1/in', 'a0/out', 'features'), dense('a1/out', 'a1/in', 'a0/out')],
        ...[dense('a2/in', 'a1/out', 'features'), dense('a2/out', 'a2/in', 'a1/out')],
        dense('end', 'a2/out'),
      ),
    );
    assert.deepEqual(blocks, [{ label: 'a0 to a2 (× 3)', nodes: ['a0/in', 'a0/out'] }]);
    const inputsOf = Object.fromEntries(nodes.map(({ name, inputs }) => [name, inputs]));
    assert.deepEqual(inputsOf['end'], ['a0/out']);
    assert.deepEqual(inputsOf['a0/in'], ['start', 'features']);
    assert.ok(!('a1/in' in inputsOf));
  });

  it('shows blocks that differ each on its own', () => {
    const names = (layers: Architecture['layers']) =>
      architectureGraph(model(...layers)).blocks.map((b) => b.label);
    const first = [dense('a0/in', 'tokens'), dense('a0/out', 'a0/in')];
    assert.deepEqual(names([...first, dense('a1/in', 'a0/out'), dense('a1/out', 'a1/in')]), [
      'a0 to a1 (× 2)',
    ]);
    assert.deepEqual(names([...first, dense('a1/in', 'a0/in'), dense('a1/out', 'a1/in')]), ['a0', 'a1']);
    const wider = { ...dense('a1/out', 'a1/in'), parameters: 10 };
    assert.deepEqual(names([...first, dense('a1/in', 'a0/out'), wider]), ['a0', 'a1']);
  });

  for (const [name, options] of Object.entries(everyCaptioner)) {
    it(`has every box at its place, none over another: ${name}`, () => {
      const architecture = architectureOf(captionerOf(options), tinyInputs);
      const graph = architectureGraph(architecture);
      const { nodes, edges, width, height } = layoutArchitecture(graph);
      assert.equal(
        edges.length,
        graph.nodes.reduce((sum, { inputs }) => sum + inputs.length, 0),
      );
      for (const [i, a] of nodes.entries()) {
        assert.ok(a.x >= 0 && a.y >= 0 && a.x + a.width <= width && a.y + a.height <= height);
        for (const b of nodes.slice(i + 1)) {
          const apart =
            a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
          assert.ok(apart, `${a.name} and ${b.name}`);
        }
      }
      for (const { points } of edges)
        for (const [x, y] of points) assert.ok(x > 0 && x < width && y > 0 && y < height);

      const svg = drawArchitecture(architecture, 'A <captioner>');
      assert.match(svg, /A &lt;captioner&gt;/);
      assert.match(svg, />logits</);
    });
  }
});

describe('summary', () => {
  it('prints layers, shapes, parameters and connections, and their sums', () => {
    const lines = summary(tinyCaptioner({ layers: 1 }), tinyInputs).split('\n');
    assert.match(lines[0], /^Layer \(type\) +Output shape +Parameters +Connected to$/);
    assert.match(lines[2], /^features \(Input\) +\(batch, 3, 6\) +0$/);
    const find = (start: string) => lines.find((line) => line.startsWith(start)) ?? '';
    assert.match(find('embedding'), /^embedding \(Embedding\) +\(batch, steps, 7\) +91 +tokens$/);
    assert.match(find('softmax'), /\(batch, steps, 13\) +13 +to-word; shares embedding$/);
    const { trainable } = architectureOf(tinyCaptioner({ layers: 1 }), tinyInputs);
    assert.ok(lines.includes(`Total parameters: ${trainable.toLocaleString('en')} (0.01 MiB)`));
    assert.equal(lines.at(-1), 'Non-trainable parameters: 0 (0.00 MiB)');
  });
});
