/** The figures that variants are compared by, in words and numbers. */
import type { Spread } from '../../faro/experiment/comparison.ts';
import { plusMinus } from '../text/number.ts';

export interface ComparedFigure {
  readonly key: 'violationRate' | 'lostUtility' | 'lostEffectiveUtility';
  readonly title: string;
  /** For a narrow column. */
  readonly short: string;
  /** What it means, as a sentence. */
  readonly means: string;
  /** Factor from the figure to what is shown, and the unit of that. */
  readonly times: number;
  readonly unit: string;
}

export const COMPARED: readonly ComparedFigure[] = [
  {
    key: 'violationRate',
    title: 'Requests over their SLO',
    short: 'over SLO',
    means:
      'The share of requests that took longer than their SLO or were turned away: mean over jobs, then over minutes.',
    times: 100,
    unit: ' %',
  },
  {
    key: 'lostUtility',
    title: 'Lost utility',
    short: 'lost utility',
    means:
      'How far the utilities stay below 1, summed over jobs; a minute with more requests turned away than the percentile allows is worth nothing.',
    times: 1,
    unit: '',
  },
  {
    key: 'lostEffectiveUtility',
    title: 'Lost effective utility',
    short: 'lost effective',
    means: 'The same for the requests that were answered, with a penalty for the share that was turned away.',
    times: 1,
    unit: '',
  },
];

/** As it is shown, without its unit. */
export function number({ times }: ComparedFigure, { mean, deviation }: Spread): string {
  return plusMinus(mean * times, deviation === null ? null : deviation * times);
}

export function shown(figure: ComparedFigure, spread: Spread): string {
  return `${number(figure, spread)}${figure.unit}`;
}
