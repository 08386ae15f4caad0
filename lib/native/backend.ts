import './load-tensorflow';
import { nativeKernels } from './kernels';
import { useKernels } from '../ops/kernels';

// Importing this module is what makes TensorFlow the backend of tfjs-core and puts the fast kernels in force.
// (An export, because tslab's declaration emitter fails on a bare call at the top of a module.)
export const kernelsBefore = useKernels(nativeKernels);

export { nativeBackend, nativeTensorCount } from './execute';
