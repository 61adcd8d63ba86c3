/** BERTH4xxx: sites, patterns and what they could learn. Judged by the SecureD-FL engine. */
import { count, entry, list } from './entry.ts';

export const FEDERATION_PROBLEMS = {
  BERTH4001: entry<{ sites: number; least: number }>({
    severity: 'error',
    title: 'Too few sites',
    message: (p) => `${count(p.sites, 'site')} cannot average without learning from one another; it takes ${p.least}.`,
    hint: (p) => `Add ${count(p.least - p.sites, 'site')}.`,
    example: { sites: 3, least: 6 },
  }),
  BERTH4002: entry<{ sites: number; groupSize: number; possible: readonly number[] }>({
    severity: 'error',
    title: 'No pattern with that group size',
    message: (p) =>
      `${count(p.sites, 'site')} cannot meet in groups of ${p.groupSize} without two sites meeting again too soon.`,
    hint: (p) =>
      p.possible.length > 0 ? `Use a group size of ${p.possible.join(' or ')}.` : 'Change the number of sites.',
    example: { sites: 9, groupSize: 5, possible: [3] },
  }),
  BERTH4003: entry<{ observer: string; dimension: number; learns: string; iterations: number; safe: number }>({
    severity: 'error',
    title: 'Too many iterations',
    message: (p) => `With iterations: ${p.iterations}, "${p.observer}" alone could compute ${p.learns}.`,
    // One iteration leaves the masks in the average: it is no choice.
    hint: (p) => (p.safe > 1 ? `Use iterations: ${p.safe}.` : 'Use another group size, or more sites.'),
    example: { observer: 'north', dimension: 2, learns: 'two sums beyond the mean', iterations: 3, safe: 2 },
  }),
  BERTH4004: entry<{ coalition: readonly string[]; site: string; collusion: number; safe: number }>({
    severity: 'error',
    title: 'A coalition learns the weights of a site',
    message: (p) =>
      p.coalition.length === 1
        ? `${list(p.coalition)} alone could compute the weights of "${p.site}".`
        : `${list(p.coalition, 'and')} together could compute the weights of "${p.site}".`,
    hint: (p) =>
      p.safe > 1
        ? `Use iterations: ${p.safe}, or lower privacy.collusion to what you must guard against.`
        : 'Lower privacy.collusion to what you must guard against, or add sites.',
    example: { coalition: ['east', 'west'], site: 'north', collusion: 2, safe: 2 },
  }),
  BERTH4005: entry<{ name: string; line: number }>({
    severity: 'error',
    title: 'Site given twice',
    message: (p) => `Two sites are called "${p.name}"; the first is on line ${p.line}.`,
    hint: 'Rename one of the two, or remove it.',
    example: { name: 'north', line: 7 },
  }),
  BERTH4006: entry<{ collusion: number; sites: number; most: number }>({
    severity: 'error',
    title: 'Collusion leaves nobody to protect',
    message: (p) => `With privacy.collusion: ${p.collusion}, no two honest ones of ${count(p.sites, 'site')} remain.`,
    hint: (p) => `Use at most ${p.most}.`,
    example: { collusion: 8, sites: 9, most: 1 },
  }),
  BERTH4007: entry<{ error: string; iterations: number; rounding: boolean; drowned: boolean; safe: number }>({
    severity: 'warning',
    title: 'Average is coarse',
    message: (p) =>
      p.iterations === 1
        ? "One iteration leaves the sites' random masks in the average."
        : p.drowned
          ? 'The masks are so large that rounding them drowns the average.'
          : p.rounding
            ? `The masks are so large that rounding them puts the average off by ${p.error}.`
            : `After ${count(p.iterations, 'iteration')} the average is still off by ${p.error}.`,
    hint: (p) =>
      p.iterations === 1
        ? p.safe > 1
          ? `Use iterations: ${p.safe}.`
          : 'A second one is not safe here: lower privacy.collusion, use another group size, or add sites.'
        : p.rounding
          ? 'Raise admm.rho or its decay rate: sites send single precision.'
          : 'Lower admm.decay.rate, so that the penalty falls faster.',
    example: { error: '36 % of the weights', iterations: 2, rounding: false, drowned: false, safe: 2 },
  }),
  BERTH4008: entry<{ iteration: number; share: string; margin: string }>({
    severity: 'warning',
    title: 'Messages are nearly the weights',
    message: (p) =>
      `A message of iteration ${p.iteration} is ${p.share} plain weight: it tells each weight of its sender to within ${p.margin}.`,
    hint: 'Lower admm.rho, so that masks are wide; let it fall by admm.decay, so that the average is exact all the same.',
    example: { iteration: 2, share: '98.1 %', margin: '0.0143' },
  }),
};
