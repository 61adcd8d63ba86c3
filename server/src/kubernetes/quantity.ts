/** Quantities as Kubernetes writes them (`k8s.io/apimachinery/pkg/api/resource`): `250m`, `0.5`, `5Gi`, `129e6`. */

const FACTORS: Readonly<Record<string, number>> = {
  ...{ n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

/** A number and either an exponent or a unit. */
const WRITTEN = /^\+?(\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})(?:([eE][+-]?\d{1,2})|([numkMGTPE]|[KMGTPE]i))?$/;

/** What Kubernetes makes of anything larger. */
const LARGEST = 2 ** 63;

/** @returns undefined for what is none, and for less than nothing, which no resource may be. */
export function kubernetesQuantity(value: unknown): number | undefined {
  if (typeof value === 'number') return value >= 0 ? Math.min(value, LARGEST) : undefined;
  const [, number, exponent = '', unit = ''] = (typeof value === 'string' && WRITTEN.exec(value)) || [];
  const factor = FACTORS[unit];
  if (number === undefined || factor === undefined) return undefined;
  return Math.min(Number(number + exponent) * factor, LARGEST);
}

/** Sums of decimal fractions as they are written: 0.3, and not 0.30000000000000004. */
export function decimal(value: number): number {
  return Number(value.toPrecision(12));
}
