import './environment';

/*
 * Loads TensorFlow's native package. node-pre-gyp, which finds its addon, takes the arguments of the whole program for its own:
 * of `--dir photos` it would make its `--directory` and look for the addon there. They are hidden from it.
 */
const { argv } = process;
process.argv = argv.slice(0, 2);
try {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would come before the lines above
  require('@tensorflow/tfjs-node-gpu');
} finally {
  process.argv = argv;
}

// (An export, because tslab's declaration emitter needs a module.)
export const programArguments: readonly string[] = argv;
