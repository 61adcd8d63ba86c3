import { describe, expect, it } from 'vitest';
import { RecentSteps, type StepMeasure } from '../../../../../server/src/deploy/runtime/training/recent-steps.ts';

const measure = (step: number, stepMs: number, more: Partial<StepMeasure> = {}): StepMeasure => ({
  step,
  loss: 1,
  accuracy: null,
  forwardMs: stepMs / 4,
  stepMs,
  busyMs: [stepMs / 2],
  bytesSent: [100],
  ...more,
});

function recentOf(measures: readonly StepMeasure[]): RecentSteps {
  const recent = new RecentSteps(1);
  for (const one of measures) recent.add(one.step + 1, one);
  return recent;
}

describe('the figures of the last steps', () => {
  it('have the median of times, which one hindered step does not move', () => {
    const recent = recentOf([8, 12, 10, 4000].map((ms, step) => measure(step, ms)));
    expect(recent.averages()).toMatchObject({ stepMs: 11, forwardMs: 2.75, busyMs: [5.5] });
  });

  it('take no time from steps at which memory was measured, once there are others', () => {
    const hindered = [measure(0, 90, { peakBytes: [7] }), measure(1, 70, { peakBytes: [7] })];
    expect(recentOf(hindered).averages()).toMatchObject({ stepMs: 80 });
    expect(recentOf([...hindered, measure(2, 10)]).averages()).toMatchObject({ stepMs: 10, busyMs: [5] });
  });

  it('count what was sent, and accuracy, at every step', () => {
    const first = measure(0, 90, { peakBytes: [7], bytesSent: [300], accuracy: { correct: 1, count: 4 } });
    const second = measure(1, 10, { accuracy: { correct: 4, count: 4 } });
    expect(recentOf([first, second]).averages()).toMatchObject({ bytesSent: [200], accuracy: 5 / 8 });
  });

  it('keep what held before where nothing was done since', () => {
    const earlier = { accuracy: 0.5, forwardMs: 3, stepMs: 9, busyMs: [4], bytesSent: [1] };
    expect(new RecentSteps(1, { history: [], averages: earlier }).averages()).toEqual(earlier);
  });
});
