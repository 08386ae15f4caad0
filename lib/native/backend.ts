import './environment';
import '@tensorflow/tfjs-node-gpu';
import { nativeKernels } from './kernels';
import { useKernels } from '../ops/kernels';

// Importing this module is what makes TensorFlow the backend of tfjs-core and puts the fast kernels in force.
useKernels(nativeKernels);

export { nativeBackend, nativeTensorCount } from './execute';
