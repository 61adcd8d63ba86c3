/** Federation → preview: who meets whom, who sends what, how exact the average is, and what each could learn alone or together. */
import { analysePattern, saferChoices, type Analysis } from '../securedfl/analysis.ts';
import type { Exposure } from '../securedfl/exposure.ts';
import { specRequest } from '../securedfl/from-spec.ts';
import { leavesTwoHonest, planFederation, type PatternDecision, type TooMuchCollusion } from '../securedfl/plan.ts';
import { planPattern, type PlanFailure } from '../securedfl/planner.ts';
import type { Federation } from '../spec/types.ts';
import { finding, type Finding, type Suggestion } from '../spec/problems/finding.ts';
import type { FederationPreview } from './model.ts';
import { capitalised, countOf, figureOf, listOf, percent, three } from './words.ts';

export interface FederationOutcome {
  readonly preview: FederationPreview | null;
  readonly findings: readonly Finding[];
  /** Null where there is no pattern. */
  readonly decision: PatternDecision | null;
}

const GROUP_SIZE = ['spec', 'pattern', 'groupSize'];
const ITERATIONS = ['spec', 'pattern', 'iterations'];
const COLLUSION = ['spec', 'privacy', 'collusion'];

export function previewFederation(spec: Federation, document: number): FederationOutcome {
  const planned = planFederation(spec);
  if (!planned.ok) {
    const findings =
      planned.kind === 'too-much-collusion'
        ? [...(planned.failure ? [planFailure(spec, planned.failure)] : []), collusionFinding(spec, planned)]
        : [planFailure(spec, planned)];
    return { preview: null, findings, decision: null };
  }
  const analysis = analysePattern(planned.pattern, specRequest(spec));
  const privacy = privacyFindings(spec, analysis);
  // While iterations must change for privacy's sake, what they do to the average is not to the point.
  const findings =
    privacy.length > 0 ? privacy : [...coverFindings(spec, analysis), ...accuracyFindings(spec, analysis)];
  return { preview: preview(spec, document, analysis), findings, decision: planned.decision };
}

function collusionFinding(spec: Federation, { safe }: TooMuchCollusion): Finding {
  const most = safe ?? 1;
  const title = `Guard against ${figureOf(most, 'curious site')}`;
  const suggestions = safe === undefined ? [] : [{ path: COLLUSION, value: safe, title }];
  const { collusion } = spec.privacy;
  return finding('BERTH4006', COLLUSION, { collusion, sites: spec.sites.length, most }, suggestions);
}

function planFailure(spec: Federation, failure: PlanFailure): Finding {
  if (failure.kind === 'too-few-sites') {
    return finding('BERTH4001', ['spec', 'sites'], { sites: failure.n, least: failure.minimum });
  }
  const { n, groupSize, nearest } = failure;
  const suggestions = nearest
    .slice(0, 3)
    .filter((size) => isSafe(spec, { groupSize: size }))
    .map((value) => ({ path: GROUP_SIZE, value, title: `Use groups of ${value}` }));
  return finding('BERTH4002', GROUP_SIZE, { sites: n, groupSize, possible: nearest.slice(0, 3) }, suggestions);
}

/** Messages of which more than this share is plain weight hide little, however safe the pattern. */
const PLAIN = 0.5;

function coverFindings(spec: Federation, { iterations, plainShare, noiseWidths }: Analysis): Finding[] {
  if (plainShare <= PLAIN) return [];
  const margin = three(noiseWidths.at(-1)! / 2);
  return [finding('BERTH4008', ['spec', 'admm', 'rho'], { iteration: iterations, share: percent(plainShare), margin })];
}

/** An average that is off by more than this share of what it averages is none. */
const COARSE = 0.1;

function accuracyFindings(spec: Federation, analysis: Analysis): Finding[] {
  const { iterations, errors } = analysis;
  const { total } = errors.at(-1)!;
  const params = { error: shareOfWeights(total), iterations, rounding: false, drowned: false, safe: 0 };
  if (iterations === 1) {
    const second = useIterations(spec, 2);
    return [finding('BERTH4007', ITERATIONS, { ...params, safe: second.length > 0 ? 2 : 0 }, second)];
  }
  if (total <= COARSE) return [];
  const path = spec.admm.decay ? ['spec', 'admm', 'decay', 'rate'] : ['spec', 'admm', 'rho'];
  const rounding = isRounding(errors.at(-1)!);
  return [finding('BERTH4007', path, { ...params, rounding, drowned: rounding && total > 1 })];
}

/** Both shares are squares in the sum: rounding is what is wrong where it makes up half of it. */
function isRounding({ total, rounding }: Analysis['errors'][number]): boolean {
  return rounding ** 2 > total ** 2 / 2;
}

/** `36 % of the weights`, `3.5 times the weights`. */
function shareOfWeights(error: number): string {
  return error <= 1 ? `${percent(error)} of the weights` : `${three(error)} times the weights`;
}

/** An error larger than what is averaged, and by rounding: its size says nothing any more, only that nothing is left. */
function accuracy({ errors }: Analysis): FederationPreview['accuracy'] {
  const from = errors.findIndex((error) => error.total > 1 && isRounding(error));
  const off = errors.map(({ total }, i) => (from >= 0 && i >= from ? null : total));
  const words =
    from < 0
      ? `The average is off by ${shareOfWeights(errors.at(-1)!.total)}.`
      : `Rounding drowns the average${errors.length === 1 ? '' : ` from iteration ${from + 1} on`}.`;
  return { offPerIteration: off, words };
}

/** Whether the spec with that pattern has no error: it reveals nothing but the average to those it guards against. */
function isSafe(spec: Federation, change: { groupSize?: number; iterations?: number }): boolean {
  const planned = planPattern(spec.sites.length, { ...specRequest(spec), ...change });
  return planned.ok && planned.safe && leavesTwoHonest(spec);
}

/** A fix that is only offered where it leaves no error behind. */
function useIterations(spec: Federation, iterations: number): Suggestion[] {
  if (iterations < 2 || !isSafe(spec, { iterations })) return [];
  return [{ path: ITERATIONS, value: iterations, title: `Use ${figureOf(iterations, 'iteration')}` }];
}

function privacyFindings(spec: Federation, analysis: Analysis): Finding[] {
  const found: Finding[] = [];
  const name = (site: number): string => spec.sites[site]!.name;
  const { iterations, collusion } = analysis;
  const alone = analysis.leaks.filter(({ observers }) => observers.length === 1);
  const worst = alone.reduce((most, leak) => (leak.dimension > most.dimension ? leak : most), alone[0]!);
  if (worst.dimension > 1) {
    const { iterations: safe } = saferChoices(spec.sites.length, { ...specRequest(spec), collusion: 1 });
    const learns = words(worst, name);
    const params = { observer: name(worst.observers[0]!), dimension: beyondMean(worst), learns, iterations, safe };
    found.push(finding('BERTH4003', ITERATIONS, params, useIterations(spec, safe)));
  }
  const lost = analysis.leaks.find(
    ({ observers, sites, unknowns }) => observers.length > 1 && sites.length > 0 && unknowns > 2,
  );
  if (lost) {
    const { iterations: safe } = saferChoices(spec.sites.length, specRequest(spec));
    const params = { coalition: lost.observers.map(name), site: name(lost.sites[0]!), collusion, safe };
    found.push(finding('BERTH4004', collusion > 1 ? COLLUSION : ITERATIONS, params, useIterations(spec, safe)));
  }
  return found;
}

function preview(spec: Federation, document: number, analysis: Analysis): FederationPreview {
  const names = spec.sites.map((site) => site.name);
  const site = (index: number): string => names[index]!;
  return {
    kind: 'Federation',
    name: spec.name,
    document,
    sentence: sentence(spec, analysis),
    sites: names,
    patternName: analysis.pattern.name,
    partitions: analysis.pattern.rounds.map((round) => round.map((group) => group.map(site))),
    gap: analysis.gap,
    iterations: analysis.iterations,
    safeIterations: analysis.safeIterations,
    leaks: analysis.leaks.map((leak) => ({
      observers: leak.observers.map(site),
      dimension: leak.dimension,
      beyondMean: beyondMean(leak),
      learns: leak.sites.map(site),
      words: words(leak, site),
    })),
    meanOnly: analysis.meanOnly,
    messages: analysis.traffic.iterations.flatMap((transfers, i) =>
      transfers.map(({ from, to, kind }) => ({ iteration: i + 1, from: site(from), to: site(to), what: kind })),
    ),
    vectorsPerSitePerRound: analysis.vectorsPerSite,
    errorPerIteration: analysis.mse,
    accuracy: accuracy(analysis),
    rho: analysis.rho,
  };
}

/** Independent sums that an observer could compute beside the mean: what every place that counts them says. */
function beyondMean({ dimension }: Exposure): number {
  return Math.max(0, dimension - 1);
}

/** What an observer could compute, in words: the same in problem, hover, panel and terminal. */
function words(leak: Exposure, site: (index: number) => string): string {
  const { dimension, sites, differences, unknowns } = leak;
  if (unknowns <= 2 && dimension > 0) return `the one other site, from the mean`;
  if (sites.length > 0) return `the weights of ${listOf(sites.map(site))}`;
  if (dimension === 0) return 'nothing exactly';
  if (dimension === 1) return 'the mean only';
  const sums = `${countOf(beyondMean(leak), 'sum')} beyond the mean`;
  const [first] = differences;
  return first ? `${sums}, among them ${site(first[0])} − ${site(first[1])}` : sums;
}

function sentence(spec: Federation, analysis: Analysis): string {
  const sites = capitalised(countOf(spec.sites.length, 'site'));
  const meet = `${sites} average in ${figureOf(analysis.iterations, 'iteration')}`;
  const who = analysis.collusion > 1 ? `no ${analysis.collusion} of them together learn` : 'none of them learns';
  if (analysis.meanOnly) {
    const again = analysis.gap < 2 ? '' : `, and no two meet twice within ${figureOf(analysis.gap, 'iteration')}`;
    return `${meet}; ${who} more than the mean${again}.`;
  }
  const recovered = analysis.leaks.find(({ sites: lost, unknowns }) => lost.length > 0 && unknowns > 2);
  const name = (index: number): string => spec.sites[index]!.name;
  const worst = recovered ?? analysis.leaks.reduce((most, leak) => (leak.dimension > most.dimension ? leak : most));
  const safe =
    analysis.safeIterations < 2 ? '' : `; up to ${figureOf(analysis.safeIterations, 'iteration')} nobody could`;
  return `${meet}, but ${listOf(worst.observers.map(name))} could compute ${words(worst, name)}${safe}.`;
}
