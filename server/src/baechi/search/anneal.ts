import type { Meter } from './meter.ts';
import type { MoveSimulator } from './move-simulator.ts';
import type { MoveMix, Neighbourhood } from './neighbourhood.ts';
import type { Random } from './random.ts';

/** Whoever walks may pause after so many moves. */
const MOVES_A_STEP = 64;

/** From a temperature to a lower one, both in µs, evenly on a scale of logarithms. */
export interface Cooling {
  readonly hotUs: number;
  readonly coldUs: number;
}

/** What a walk through placements needs. */
export interface Walk {
  readonly simulator: MoveSimulator;
  readonly random: Random;
  readonly meter: Meter;
  /** Told whenever the simulator holds a placement that is better than all before in this walk. */
  readonly better: () => void;
}

/**
 * Simulated annealing (Kirkpatrick, Gelatt, Vecchi, Science 220, 1983) over moves of units. The longest makespan that a move may
 * have is drawn before it is simulated, which therefore ends as soon as it must exceed it. A move that lets devices exceed their memory
 * further is never taken; one by which they exceed it less always is.
 *
 * @param until share of the budget at which it ends.
 */
export function* anneal(
  { simulator, random, meter, better }: Walk,
  neighbourhood: Neighbourhood,
  { hotUs, coldUs }: Cooling,
  mix: MoveMix,
  until: number,
): Generator<void, void> {
  const from = meter.spent;
  const cooling = Math.log(coldUs / hotUs);
  let best = simulator.makespanUs;
  let least = simulator.excessBytes;
  let temperature = hotUs;
  for (let move = 1; meter.spent < until; move++) {
    if (move % 32 === 0) temperature = hotUs * Math.exp((cooling * (meter.spent - from)) / (until - from));
    neighbourhood.propose(mix);
    const excess = simulator.excessBytes;
    const atMostUs = excess > 0 ? Infinity : simulator.makespanUs + temperature * random.exponential();
    if (simulator.evaluate(atMostUs, excess)) {
      const kept =
        excess === 0 ||
        simulator.movedExcessBytes < excess ||
        simulator.movedMakespanUs <= simulator.makespanUs + temperature * random.exponential();
      if (kept) {
        simulator.keep();
        if (simulator.excessBytes < least || (simulator.excessBytes === least && simulator.makespanUs < best)) {
          best = simulator.makespanUs;
          least = simulator.excessBytes;
          better();
        }
      }
    }
    meter.count(simulator.taken);
    if (move % MOVES_A_STEP === 0) yield;
  }
}

/**
 * Annealing of the memory that devices lack, whatever the makespan; ends as soon as the placement fits.
 *
 * @param hotBytes temperature that it begins with; it ends at a hundredth.
 */
export function* relieve(
  { simulator, random, meter, better }: Walk,
  neighbourhood: Neighbourhood,
  hotBytes: number,
  mix: MoveMix,
  until: number,
): Generator<void, void> {
  const from = meter.spent;
  let least = simulator.excessBytes;
  let temperature = hotBytes;
  for (let move = 1; simulator.excessBytes > 0 && meter.spent < until; move++) {
    if (move % 32 === 0) temperature = hotBytes * 0.01 ** ((meter.spent - from) / (until - from));
    neighbourhood.propose(mix);
    if (simulator.evaluate(Infinity, simulator.excessBytes + temperature * random.exponential())) {
      simulator.keep();
      if (simulator.excessBytes < least) {
        least = simulator.excessBytes;
        better();
      }
    }
    meter.count(simulator.taken);
    if (move % MOVES_A_STEP === 0) yield;
  }
}

/** Local search: moves that make nothing worse, a number of them. */
export function* descend(
  { simulator, meter, better }: Walk,
  neighbourhood: Neighbourhood,
  mix: MoveMix,
  moves: number,
  until: number,
): Generator<void, void> {
  for (let move = 0; move < moves && meter.spent < until; move++) {
    neighbourhood.propose(mix);
    const { makespanUs, excessBytes } = simulator;
    if (simulator.evaluate(excessBytes > 0 ? Infinity : makespanUs, excessBytes)) {
      const lighter = simulator.movedExcessBytes < excessBytes;
      if (lighter || simulator.movedMakespanUs <= makespanUs) {
        const improves = lighter || simulator.movedMakespanUs < makespanUs;
        simulator.keep();
        if (improves) better();
      }
    }
    meter.count(simulator.taken);
    if (move % MOVES_A_STEP === 0) yield;
  }
}
