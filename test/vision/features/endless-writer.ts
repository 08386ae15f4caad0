import { FeatureStore } from '../../../lib/vision/features/store';
import { constantFloat16 } from '../../helpers/float16';

// Fills a store until it is killed, and says after each batch how many records are stored.
const store = new FeatureStore(process.argv[2], 2, 3);
for (let next = 0; ; next += 5) {
  const numbers = [0, 1, 2, 3, 4].map((i) => next + i);
  store.append(
    numbers.map((number) => ({
      id: `${number}`,
      fingerprint: { size: 1, time: 1, sha1: '' },
      features: constantFloat16(6, number % 1000),
    })),
  );
  process.stdout.write(`${next + 5}\n`);
}
