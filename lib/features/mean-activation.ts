import type { FeatureStore } from './store';

/** The mean of all channels of each region of a picture: [rows * columns], scaled to sum to 1. */
export async function meanActivation(store: FeatureStore, id: string): Promise<Float32Array> {
  const values = await store.read([id]);
  const means = new Float32Array(store.regions);
  values.forEach((value, i) => (means[Math.floor(i / store.channels)] += value / store.channels));
  const sum = means.reduce((total, mean) => total + mean, 0);
  return means.map((mean) => mean / sum);
}
