import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BusyReplicas } from '../../../../server/src/faro/simulator/busy-replicas.ts';

test('busy replicas come in the order in which they are done, also when one goes on', () => {
  const time = fc.integer({ min: 0, max: 50 });
  const step = fc.record({ kind: fc.constantFrom('add', 'remove', 'replace'), time });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const busy = new BusyReplicas();
      const known = new Map<number, number>();
      for (const [slot, { kind, time: doneAt }] of steps.entries()) {
        if (kind !== 'add') {
          if (known.size === 0) continue;
          known.delete(busy.first);
        }
        if (kind === 'remove') busy.removeFirst();
        else known.set(slot, doneAt);
        if (kind === 'add') busy.add(doneAt, slot);
        else if (kind === 'replace') busy.replaceFirst(doneAt, slot);
        expect(busy.firstDone).toBe(Math.min(...known.values()));
        if (known.size > 0) expect(known.get(busy.first)).toBe(busy.firstDone);
      }
    }),
  );
});
