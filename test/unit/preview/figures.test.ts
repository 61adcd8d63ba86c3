import { describe, expect, it } from 'vitest';
import * as server from '../../../server/src/preview/figures.ts';
import * as page from '../../../webview/src/drawing/figures.ts';
import {
  amountCases,
  byteCases,
  countCases,
  durationCases,
  measuredPercentCases,
  threeDigitCases,
} from '../../fixtures/figures.ts';

describe.each([
  ['the terminal and the hover', server],
  ['the panel', page],
])('in %s', (_where, figures) => {
  it.each(threeDigitCases)('%s reads %s', (value, text) => expect(figures.threeDigits(value)).toBe(text));
  it.each(countCases)('a count of %s reads %s', (value, text) => expect(figures.count(value)).toBe(text));
  it.each(measuredPercentCases)('a share of %s reads %s', (value, text) =>
    expect(figures.measuredPercent(value)).toBe(text),
  );
  it.each(durationCases)('%s ms read %s', (value, text) => expect(figures.duration(value)).toBe(text));
  it.each(byteCases)('%s bytes read %s', (value, text) => expect(figures.bytes(value)).toBe(text));
  it.each(amountCases)('%s of %s read %s', (value, unit, named, bare) => {
    expect(figures.amount(value, unit)).toBe(named);
    expect(figures.bareAmount(value, unit)).toBe(bare);
  });
});
