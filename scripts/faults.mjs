// `npm run test:faults`: see test/faults/run.ts, which runs from its source.
await import(new URL('../test/faults/run.ts', import.meta.url).href);
