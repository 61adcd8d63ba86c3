/** Messages between processes: one line of JSON each, among lines that a user's code may have printed. */
import { checkShape, isObject, type Shape } from '../shape.ts';

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

/**
 * An order, whose first one, the `setup`, says in which version of the orders all are given; 1 where it does not.
 *
 * @throws Error where the line is no such message: whoever gives orders is no user's code. Where it is of another version, since Berth was
 *   updated under an agent that goes on, the error says so.
 */
export function orderIn<T>(shape: Shape<T>, version: number, line: string): T {
  const value: unknown = JSON.parse(line);
  const given = isObject(value) && value.type === 'setup' ? Number(value.version ?? 1) : version;
  if (given !== version)
    throw new Error(
      `the agent gives orders of version ${given}, and this process takes version ${version}: Berth was updated, and the agent that runs is the one before; \`berth agent restart\` puts that right`,
    );
  const checked = checkShape(shape, value);
  if (!checked.ok) throw new Error(`an order was not understood: its ${checked.detail}`);
  return checked.value;
}
