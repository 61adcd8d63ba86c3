/** What is measured of something that runs; a dash where it has not been yet. */
export function measured(value: number | null, format: (value: number) => string): string {
  return value === null ? '–' : format(value);
}

/** Three digits always, so that a column of them is in line. */
export function measuredAccuracy(share: number | null): string {
  return measured(share, (value) => `${(value * 100).toPrecision(3)} %`);
}
