/** The door between a typed Federation and the engine: the one place where spec fields become engine inputs. */
import type { Federation } from '../spec/types.ts';
import type { AnalysisRequest } from './analysis.ts';

/** What a federation asks of the planner and of the analysis. Sites weigh by their samples. */
export function specRequest(spec: Federation): AnalysisRequest {
  const samples = spec.sites.reduce((sum, site) => sum + site.samples, 0);
  return {
    groupSize: spec.pattern.groupSize,
    iterations: spec.pattern.iterations,
    collusion: spec.privacy.collusion,
    rho: spec.admm.rho,
    ...(spec.admm.decay ? { decay: spec.admm.decay } : {}),
    weights: spec.sites.map((site) => site.samples / samples),
  };
}
