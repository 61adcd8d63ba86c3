/** Messages between processes: one line of JSON each, among lines that a user's code may have printed. */
import { checkShape, type Shape } from '../shape.ts';

/** Undefined where the line is no such message. */
export function messageIn<T>(shape: Shape<T>, line: string): T | undefined {
  if (!line.startsWith('{"type":')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const checked = checkShape(shape, value);
  return checked.ok ? checked.value : undefined;
}

/** @throws Error where the line is no such message: whoever gives orders is no user's code. */
export function orderIn<T>(shape: Shape<T>, line: string): T {
  const checked = checkShape(shape, JSON.parse(line));
  if (!checked.ok) throw new Error(`an order was not understood: its ${checked.detail}`);
  return checked.value;
}
