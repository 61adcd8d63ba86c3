/** Federation → preview: who meets whom, who sends what, how exact the average is, and what each could learn alone or together. */
import { analyse, saferChoices, type Analysis } from '../securedfl/analysis.ts';
import type { Exposure } from '../securedfl/exposure.ts';
import { specRequest } from '../securedfl/from-spec.ts';
import type { PlanFailure } from '../securedfl/planner.ts';
import type { Federation } from '../spec/types.ts';
import { finding, type Finding, type Suggestion } from './finding.ts';
import type { FederationPreview } from './model.ts';
import { capitalised, countOf, figureOf, listOf, three } from './words.ts';

export interface FederationOutcome {
  readonly preview: FederationPreview | null;
  readonly findings: readonly Finding[];
}

const GROUP_SIZE = ['spec', 'pattern', 'groupSize'];
const ITERATIONS = ['spec', 'pattern', 'iterations'];
const COLLUSION = ['spec', 'privacy', 'collusion'];

export function previewFederation(spec: Federation, document: number): FederationOutcome {
  const n = spec.sites.length;
  const { collusion } = spec.privacy;
  // Where even one curious site is too many there are too few sites, whatever is guarded against.
  if (n >= 4 && collusion > n - 2) {
    const most = n - 2;
    const suggestion = { path: COLLUSION, value: most, title: `Guard against ${figureOf(most, 'curious site')}` };
    return { preview: null, findings: [finding('BERTH4006', COLLUSION, { collusion, sites: n }, [suggestion])] };
  }
  const request = specRequest(spec);
  const analysis = analyse(n, request);
  if (!analysis.ok) return { preview: null, findings: [planFailure(analysis)] };
  const findings = privacyFindings(spec, analysis);
  const error = analysis.contraction.at(-1) ?? 1;
  if (error > COARSE)
    findings.push(
      finding('BERTH4007', ['spec', 'admm', 'rho'], { error: three(error), iterations: analysis.iterations }),
    );
  return { preview: preview(spec, document, analysis), findings };
}

/** An average that is still off by more than this share of the first iteration's error is no average. */
const COARSE = 0.1;

function planFailure(failure: PlanFailure): Finding {
  if (failure.kind === 'too-few-sites') {
    return finding('BERTH4001', ['spec', 'sites'], { sites: failure.n, least: failure.minimum });
  }
  const { n, groupSize, nearest } = failure;
  const suggestions = nearest
    .slice(0, 3)
    .map((value) => ({ path: GROUP_SIZE, value, title: `Use groups of ${value}` }));
  return finding('BERTH4002', GROUP_SIZE, { sites: n, groupSize, possible: nearest.slice(0, 3) }, suggestions);
}

function privacyFindings(spec: Federation, analysis: Analysis): Finding[] {
  const found: Finding[] = [];
  const name = (site: number): string => spec.sites[site]!.name;
  const { iterations, collusion } = analysis;
  const alone = analysis.leaks.filter(({ observers }) => observers.length === 1);
  const worst = alone.reduce((most, leak) => (leak.dimension > most.dimension ? leak : most), alone[0]!);
  if (worst.dimension > 1) {
    const { iterations: safe } = saferChoices(spec.sites.length, { ...specRequest(spec), collusion: 1 });
    const params = { observer: name(worst.observers[0]!), dimension: worst.dimension - 1, iterations, safe };
    found.push(finding('BERTH4003', ITERATIONS, params, fewerIterations(safe)));
  }
  const lost = analysis.leaks.find(
    ({ observers, sites, unknowns }) => observers.length > 1 && sites.length > 0 && unknowns > 2,
  );
  if (lost) {
    const { iterations: safe } = saferChoices(spec.sites.length, specRequest(spec));
    const params = { coalition: lost.observers.map(name), site: name(lost.sites[0]!), collusion, safe };
    found.push(finding('BERTH4004', collusion > 1 ? COLLUSION : ITERATIONS, params, fewerIterations(safe)));
  }
  return found;
}

function fewerIterations(safe: number): Suggestion[] {
  return safe < 2 ? [] : [{ path: ITERATIONS, value: safe, title: `Use ${figureOf(safe, 'iteration')}` }];
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
      learns: leak.sites.map(site),
      words: words(leak, site),
    })),
    meanOnly: analysis.meanOnly,
    messages: analysis.traffic.iterations.flatMap((transfers, i) =>
      transfers.map(({ from, to, kind }) => ({ iteration: i + 1, from: site(from), to: site(to), what: kind })),
    ),
    vectorsPerSitePerRound: analysis.vectorsPerSite,
    errorPerIteration: analysis.mse,
    rho: analysis.rho,
  };
}

/** What an observer could compute, in words. */
function words(leak: Exposure, site: (index: number) => string): string {
  const { dimension, sites, differences, unknowns } = leak;
  if (unknowns <= 2 && dimension > 0) return `the one other site, from the mean`;
  if (sites.length > 0) return `the weights of ${listOf(sites.map(site))}`;
  if (dimension === 0) return 'nothing exactly';
  if (dimension === 1) return 'the mean only';
  const sums = `the mean and ${countOf(dimension - 1, 'more sum')}`;
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
  if (recovered)
    return `${meet}, but ${listOf(recovered.observers.map(name))} could compute the weights of ${listOf(recovered.sites.map(name))}.`;
  const worst = analysis.leaks.reduce((most, leak) => (leak.dimension > most.dimension ? leak : most));
  return `${meet}, but ${listOf(worst.observers.map(name))} could compute ${countOf(worst.dimension - 1, 'sum')} beyond the mean${analysis.safeIterations < 2 ? '' : `; up to ${figureOf(analysis.safeIterations, 'iteration')} nobody could`}.`;
}
