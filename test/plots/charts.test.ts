import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { UserError } from '../../lib/errors';
import { barChart, dotChart, histogram, lineChart, type Chart, type Point } from '../../lib/plots/chart';
import { drawCharts, fileName } from '../../lib/plots/figure';
import { reliabilityChart } from '../../lib/plots/reliability';
import { toPlotly } from '../../lib/plots/plotly';
import { hasScreen } from '../../lib/plots/show';
import { drawSvg } from '../../lib/plots/svg';
import { trainingCharts } from '../../lib/plots/training-charts';
import { curvesOf } from '../../lib/plots/watch-training';
import type { EpochRecord } from '../../lib/training/record';

const calibration = {
  bins: [
    { from: 0, to: 0.1, count: 5, predicted: 0.06, observed: 0 },
    { from: 0.3, to: 0.4, count: 120, predicted: 0.36, observed: 0.4 },
    { from: 0.9, to: 1, count: 1200, predicted: 0.95, observed: 0.9 },
  ],
};
const labels = { title: 'A <title> & "more"', xLabel: 'x', yLabel: 'y' };

/** Compares a drawing with the one in snapshots/; UPDATE_SNAPSHOTS=1 writes it anew. Look at it before committing. */
function assertDrawing(name: string, chart: Chart): void {
  // One element a line, and no more digits than eyes can see.
  const svg = drawSvg(chart, { width: 480 })
    .replace(/-?\d+\.\d{2,}/g, (digits) => String(Number(Number(digits).toFixed(1))))
    .replaceAll('><', '>\n<');
  const folder = join(__dirname, 'snapshots');
  const file = join(folder, `${name}.svg`);
  if (process.env['UPDATE_SNAPSHOTS']) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, `${svg}\n`);
  }
  assert.ok(existsSync(file), `${file} is missing: run with UPDATE_SNAPSHOTS=1`);
  assert.equal(`${svg}\n`, readFileSync(file, 'utf8'));
}

describe('charts', () => {
  it('counts whole numbers in bars that stand over them', () => {
    const chart = histogram([3, 5, 5, 7], { title: 't', xLabel: 'words' });
    assert.deepEqual(chart.bins, [
      { from: 2.5, to: 3.5, count: 1 },
      { from: 3.5, to: 4.5, count: 0 },
      { from: 4.5, to: 5.5, count: 2 },
      { from: 5.5, to: 6.5, count: 0 },
      { from: 6.5, to: 7.5, count: 1 },
    ]);
  });

  it('counts each value once in round ranges', () => {
    const values = Array.from({ length: 1000 }, (_, i) => i / 137 - 3);
    const { bins } = histogram(values, { title: 't', xLabel: 'x', bins: 20 });
    assert.equal(
      bins.reduce((sum, { count }) => sum + count, 0),
      1000,
    );
    assert.ok(
      bins.length <= 21 && bins.every(({ from, to }) => Math.abs(to - from - 0.5) < 1e-9),
      JSON.stringify(bins[0]),
    );
    for (const { from, to, count } of bins)
      assert.equal(count, values.filter((value) => value >= from && value < to).length);
  });

  it('can show a single value, and very many', () => {
    assert.deepEqual(histogram([7], { title: 't', xLabel: 'x' }).bins, [{ from: 6.5, to: 7.5, count: 1 }]);
    const many = histogram(new Array<number>(500_000).fill(1).concat(9000), { title: 't', xLabel: 'x' });
    assert.equal(many.bins[0].count, 500_000);
    assert.ok(many.bins.length <= 31);
  });

  it('leaves out of curves what is not finite, and thins out long ones without losing their mean', () => {
    const points = Array.from({ length: 10_000 }, (_, i): Point => [i, i % 10]);
    const chart = lineChart(
      [
        { name: 'a', points: [...points, [1, NaN], [Infinity, 2]] },
        { name: 'empty', points: [] },
      ],
      labels,
    );
    assert.equal(chart.curves.length, 1);
    const thin = chart.curves[0].points;
    assert.equal(thin.length, 250);
    assert.deepEqual(thin[0], [19.5, 4.5]);
  });

  it('draws intervals of 95 % around shares, as Wilson computed them', () => {
    const { bins } = reliabilityChart(calibration);
    // scipy.stats.binomtest(hits, count).proportion_ci(method='wilson') gives the same
    const expected = [[0, 0.4345], [0.3168, 0.4894], [0.8817, 0.9157]]; // prettier-ignore
    bins.forEach(({ low, high }, i) => {
      assert.ok(
        Math.abs(low - expected[i][0]) < 1e-4 && Math.abs(high - expected[i][1]) < 1e-4,
        `${low} ${high}`,
      );
    });
  });

  it('says what is missing where there is nothing to draw', () => {
    const named = (thrown: unknown) => thrown instanceof UserError && thrown.message.includes('A <title>');
    assert.throws(() => histogram([], labels), named);
    assert.throws(() => histogram([1, NaN], labels), named);
    assert.throws(() => barChart([], labels), named);
    assert.throws(() => barChart([['a', Infinity]], labels), named);
    assert.throws(() => lineChart([], labels), named);
    assert.throws(() => reliabilityChart(undefined, labels), named);
    assert.throws(() => reliabilityChart({ bins: [] }, labels), named);
    const dots = { ...labels, scale: 'linear' as const, medians: [] };
    assert.throws(() => dotChart({ ...dots, dots: [] }), named);
    assert.throws(() => dotChart({ ...dots, dots: [{ x: 1, y: NaN }] }), named);
    assert.throws(() => lineChart([{ name: 'a', points: [[1, NaN]] }], labels), named);
  });

  it('draws what it drew before', () => {
    assertDrawing(
      'histogram',
      histogram([8, 9, 9, 10, 10, 10, 11, 12, 12, 15], { ...labels, title: 'Length of captions' }),
    );
    assertDrawing(
      'bars',
      barChart(
        [
          ['собака', 1200],
          ['<b>&"', 950.4],
          ['a'.repeat(40), 3],
        ],
        { ...labels, title: 'Words' },
      ),
    );
    const curves = [
      {
        name: 'training',
        points: [
          [0.5, 4],
          [1, 3.1],
          [2, 2.5],
        ] as Point[],
      },
      {
        name: 'validation <1>',
        points: [
          [1, 3.3],
          [2, 3],
        ] as Point[],
      },
    ];
    assertDrawing('lines', lineChart(curves, labels));
    const dots = [1e-4, 1e-3, 1e-2].map((x, i) => ({ x, y: 40 + i ** 2 }));
    assertDrawing('dots-log', dotChart({ ...labels, scale: 'log', dots, medians: dots.slice(0, 2) }));
    const named = ['attention-lstm', '<b>'].map((x, i) => ({ x, y: 40 + i }));
    assertDrawing('reliability', reliabilityChart(calibration, { title: 'Confidence <1>' }));
    assertDrawing('dots-names', dotChart({ ...labels, scale: 'names', dots: named, medians: named }));
  });

  it('escapes names, so that they can be anything', () => {
    for (const chart of [
      barChart([['<script>&', 1]], labels),
      lineChart(
        [
          { name: '<i>', points: [[1, 1]] },
          { name: '&', points: [[1, 2]] },
        ],
        labels,
      ),
    ]) {
      const svg = drawSvg(chart);
      assert.ok(!/<script|<i>|<title> &/.test(svg) && svg.includes('A &lt;title&gt; &amp; &quot;more&quot;'));
    }
  });

  it('makes small PNGs in which letters are drawn, also without a font on the machine', async () => {
    const curve = (scale: number): Point[] =>
      Array.from({ length: 20 }, (_, i) => [i + 1, scale * Math.log(i + 2)]);
    const charts = trainingCharts({
      trainLoss: curve(1),
      validationLoss: curve(2),
      scores: { 'BLEU-4': curve(0.1), CIDEr: curve(0.2) },
    });
    const picture = await drawCharts(charts);
    const meta = await sharp(picture.data).metadata();
    assert.deepEqual([meta.format, meta.width, meta.height], ['png', picture.width, picture.height]);
    assert.ok(picture.data.length < 60_000, `${picture.data.length} bytes`);
    // The title's place holds dark ink on white.
    const title = await sharp(picture.data).extract({ left: 10, top: 10, width: 80, height: 30 }).stats();
    assert.ok(title.channels[0].min < 80 && title.channels[0].max > 250);
  });

  it('places charts in rows where they are too many for one', async () => {
    const chart = lineChart([{ name: 'a', points: [[1, 1]] }], labels);
    const one = await drawCharts([chart], { width: 300, height: 200 });
    const three = await drawCharts([chart, chart, chart], { columns: 2, width: 300, height: 200 });
    assert.deepEqual([three.width, three.height], [2 * one.width, 2 * one.height]);
  });

  it('starts training charts before there is a score', () => {
    assert.deepEqual(trainingCharts({ trainLoss: [], validationLoss: [], scores: {} }), []);
    const charts = trainingCharts({ trainLoss: [[0.1, 5]], validationLoss: [], scores: {} });
    assert.deepEqual(
      charts.map(({ title }) => title),
      ['Loss'],
    );
  });

  /** The texts of the ticks along an axis. */
  const ticksOf = (chart: Chart, axis: 'x' | 'y') => {
    const group = new RegExp(`aria-label="${axis}-axis tick label"[^>]*>(.*?)</g>`, 's').exec(drawSvg(chart));
    return [...(group?.[1] ?? '').matchAll(/>([^<]+)<\/text>/g)].map(([, text]) => text);
  };

  it('has a chart for each score, with whole epochs below it, also after the first', () => {
    const chartsOf = (epochs: number[]) =>
      trainingCharts({
        trainLoss: [],
        validationLoss: [],
        scores: {
          'BLEU-4': epochs.map((epoch): Point => [epoch, 0.2]),
          CIDEr: epochs.map((epoch): Point => [epoch, 2 + epoch]),
        },
      });
    const ticks = [['1'], ['1', '2', '3'], ['5', '10', '15', '20', '25', '30']];
    for (const [i, epochs] of [[1], [1, 2, 3], Array.from({ length: 32 }, (_, e) => e + 1)].entries()) {
      const charts = chartsOf(epochs);
      assert.deepEqual(charts.map(({ title }) => title.split(',')[0]), ['BLEU-4', 'CIDEr']); // prettier-ignore
      for (const chart of charts) assert.deepEqual(ticksOf(chart, 'x'), ticks[i]);
      assert.ok(ticksOf(charts[0], 'y').includes('20'), ticksOf(charts[0], 'y').join(' '));
    }
  });

  it('counts in whole numbers below and beside the bars of a histogram', () => {
    const chart = histogram([3, 4, 4, 5, 5, 5, 7], labels);
    assert.deepEqual(ticksOf(chart, 'x'), ['3', '4', '5', '6', '7']);
    assert.deepEqual(ticksOf(chart, 'y'), ['0', '1', '2', '3']);
  });

  it('draws a resumed training from its first epoch on, and its stages one after the other', () => {
    const epoch = (number: number) => ({ epoch: number, trainLoss: 5 - number, validationLoss: 4, scores: { CIDEr: number / 10 } }) as unknown as EpochRecord; // prettier-ignore
    const first = { record: { epochs: [epoch(1), epoch(2)], best: 2 }, steps: [[1.5, 3.4], [2, 3.2]] as Point[] }; // prettier-ignore
    const second = { record: { epochs: [epoch(1)], best: 1 }, steps: [[0.5, -9]] as Point[] };
    const curves = curvesOf([first, second]);
    assert.deepEqual(curves.trainLoss, [[1, 4], [1.5, 3.4], [2, 3.2]]); // prettier-ignore
    assert.deepEqual(curves.validationLoss.map(([x]) => x), [1, 2, 3]); // prettier-ignore
    assert.deepEqual(curves.scores['CIDEr'], [[1, 0.1], [2, 0.2], [3, 0.1]]); // prettier-ignore
  });

  it('hands the same data to nodeplotlib', () => {
    const { data, layout } = toPlotly(
      lineChart(
        [
          {
            name: 'a',
            points: [
              [1, 10],
              [2, 20],
            ],
          },
        ],
        labels,
      ),
    );
    assert.deepEqual([data[0].x, data[0].y, data[0].name], [[1, 2], [10, 20], 'a']);
    assert.equal(layout.title, labels.title);
    assert.deepEqual(toPlotly(histogram([1, 1, 2], labels)).data[0].y, [2, 1]);
    assert.deepEqual(toPlotly(barChart([['w', 4]], labels)).data[0].y, ['w']);
    const dots = [{ x: 'a', y: 3 }];
    const dotted = toPlotly(dotChart({ ...labels, scale: 'names', dots, medians: dots })).data;
    assert.deepEqual([dotted[0].x, dotted[1].y], [['a'], [3]]);
  });

  it('opens no browser in CI or without a screen', () => {
    assert.equal(hasScreen({}, 'linux'), false);
    assert.equal(hasScreen({ DISPLAY: ':0' }, 'linux'), true);
    assert.equal(hasScreen({ DISPLAY: ':0', CI: 'true' }, 'linux'), false);
    assert.equal(hasScreen({}, 'darwin'), true);
    assert.equal(hasScreen({ CI: '1', NODEPLOTLIB_PORT: '8080' }, 'linux'), true);
  });

  it('names files after titles', () => {
    assert.deepEqual(['Length of captions', 'Où? ../x', '狗'].map(fileName), [
      'length-of-captions',
      'ou-x',
      'figure',
    ]);
  });
});
