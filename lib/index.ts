/**
 * Image captioning on TensorFlow: what a program that uses this project may import.
 *
 * `import { generateCaption } from 'tslab-captioner'` works in any folder that has the project among its packages.
 * @packageDocumentation
 */

export { generateCaption } from './generate-caption';
export type { CaptionWord, GeneratedCaption, GenerateOptions } from './generate-caption';
