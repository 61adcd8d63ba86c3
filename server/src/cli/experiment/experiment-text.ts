/** An experiment for a terminal: the sentence, and a table for each capacity. */
import { bestOf } from '../../faro/experiment/comparison.ts';
import type { Paint } from '../terminal.ts';
import { significant } from '../text/number.ts';
import { table, wrapped } from '../text/table.ts';
import { COMPARED, number } from './experiment-figure.ts';
import { ablationNotes, labelOf, sizeOf, variantsAt, verdict, type ExperimentReport } from './experiment-report.ts';

export function experimentText(report: ExperimentReport, paint: Paint, width: number): string[] {
  const { name, seeds, capacities } = report;
  const over = seeds.length === 1 ? `seed ${seeds[0]!}` : `mean ± standard deviation over ${seeds.length} seeds`;
  const lines = [`${paint.bold(name)} ${paint.dim(over)}`, ...wrapped(verdict(report), width)];
  for (const capacity of capacities) {
    const rows = variantsAt(report, capacity);
    const best = COMPARED.map(({ key }) => bestOf(rows, key));
    lines.push('', sizeOf(report, capacity));
    lines.push(
      ...table(
        [
          { title: 'policy', shrink: true },
          // The unit stands in the title: so all policies fit into 80 columns with their whole names.
          ...COMPARED.map(({ short, unit }) => ({ title: `${short}${unit}`, align: 'right' as const })),
          { title: 'replicas', align: 'right' },
        ],
        rows.map((row) => [
          labelOf(report, row),
          ...COMPARED.map((figure, i) => {
            const text = number(figure, row[figure.key]);
            return best[i]!.includes(row) ? paint.bold(`★ ${text}`) : text;
          }),
          significant(row.averageReplicas.mean),
        ]),
        width,
      ),
    );
  }
  const notes = ablationNotes(report);
  if (notes.length > 0) lines.push('', ...notes.flatMap((note) => wrapped(note, width)));
  return lines;
}
