import { architectureOf, type Architecture } from '../captioners/architecture';
import type { Captioner, CaptionerInputs } from '../captioners/captioner';
import { lineWidth, textTable } from './text-table';

const BYTES_PER_PARAMETER = 4;

/**
 * A captioner's layers as a table for a terminal, as Keras' `model.summary()` prints it: name and type, output shape,
 * parameters, and the layers whose outputs each takes; below it the numbers of parameters.
 * @param inputs what the captioner was created with
 * @param width letters of a line at most
 */
export function summary(captioner: Captioner, inputs: CaptionerInputs, width = lineWidth()): string {
  return summaryOf(architectureOf(captioner, inputs), width);
}

function summaryOf({ inputs, layers, trainable, nonTrainable }: Architecture, width: number): string {
  const rows = [
    ...inputs.map(({ name, shape }) => ({ layer: `${name} (Input)`, shape, parameters: 0, from: '' })),
    ...layers.map(({ name, type, outputShape: shape, parameters, inputs: names, tiedWeights }) => {
      const tied = tiedWeights.length > 0 ? `; shares ${tiedWeights.join(', ')}` : '';
      return { layer: `${name} (${type})`, shape, parameters, from: names.join(', ') + tied };
    }),
  ];
  const digits = Math.max(...rows.map(({ parameters }) => count(parameters).length));
  const table = textTable(
    ['Layer (type)', 'Output shape', 'Parameters', 'Connected to'],
    rows.map(({ layer, shape, parameters, from }) => [
      layer,
      `(${shape.join(', ')})`,
      count(parameters).padStart(digits),
      from,
    ]),
    width,
  );
  const lines = table.split('\n');
  const rule = '─'.repeat(Math.max(...lines.map(({ length }) => length)));
  return [
    lines[0],
    rule,
    ...lines.slice(1),
    rule,
    `Total parameters: ${sizeText(trainable + nonTrainable)}`,
    `Trainable parameters: ${sizeText(trainable)}`,
    `Non-trainable parameters: ${sizeText(nonTrainable)}`,
  ].join('\n');
}

const count = (parameters: number) => parameters.toLocaleString('en');

function sizeText(parameters: number): string {
  const mebibytes = (parameters * BYTES_PER_PARAMETER) / 2 ** 20;
  return `${count(parameters)} (${mebibytes.toFixed(2)} MiB)`;
}
