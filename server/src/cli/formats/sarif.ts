import { CATALOGUE } from '../../spec/problems/catalogue.ts';
import type { InFile, Problem } from '../../spec/problems/problem.ts';

const LEVEL = { error: 'error', warning: 'warning', information: 'note' } as const;

/** A SARIF 2.1.0 log, as code scanning takes it; paths are relative to the working folder. */
export function sarif(problems: readonly Problem<InFile>[], version: string): unknown {
  const codes = [...new Set(problems.map((problem) => problem.code))].sort();
  const titles = CATALOGUE as unknown as Readonly<Record<string, { readonly title: string } | undefined>>;
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'berth',
            version,
            rules: codes.map((id) => ({ id, shortDescription: { text: titles[id]?.title ?? id } })),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: problems.map(({ code, severity, message, hint, ...place }) => ({
          ruleId: code,
          ruleIndex: codes.indexOf(code),
          level: LEVEL[severity],
          message: { text: `${message} ${hint}` },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: place.file.split('\\').join('/') },
                region: region(place),
              },
            },
          ],
        })),
      },
    ],
  };
}

function region(place: InFile): Readonly<Record<string, number>> {
  if ('bytes' in place) return { byteOffset: place.bytes.start, byteLength: place.bytes.end - place.bytes.start };
  const { start, end } = place;
  return { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column };
}
