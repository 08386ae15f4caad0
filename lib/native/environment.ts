import nodeUtil from 'node:util';

// Both must happen before the native package is loaded: TensorFlow reads its log level then,
// and tfjs-node 4.22 calls functions that Node 23 removed or warns about.
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
Object.assign(nodeUtil, {
  isArray: Array.isArray,
  isNullOrUndefined: (value: unknown) => value === null || value === undefined,
});
