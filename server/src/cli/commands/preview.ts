import type { Preview } from '../../preview/model.ts';
import { POLICIES } from '../../spec/types.ts';
import { EXIT } from '../exit-code.ts';
import { report } from '../formats/problem-report.ts';
import { problemText } from '../formats/problem-text.ts';
import { checkFile, nothingIn } from '../open-file.ts';
import { previewSvg } from '../picture/preview-picture.ts';
import { FORMATS, readSpecOrGraph, type Session } from '../session.ts';
import { Progress } from '../terminal.ts';
import { dayText } from '../text/inference-text.ts';
import { previewText } from '../text/preview-text.ts';

export const PREVIEW_FORMATS = [...FORMATS, 'svg'] as const;
export type PreviewFormat = (typeof PREVIEW_FORMATS)[number];

export interface PreviewOptions {
  readonly format: PreviewFormat;
  /** Only the document of this name. */
  readonly document?: string;
  /** Leave out what takes seconds. */
  readonly quick: boolean;
  /** Seeds that policies are compared on. */
  readonly seeds: number;
}

/** Says what every document of a file would do. Exit status 1 where one has an error. */
export async function preview(session: Session, path: string, options: PreviewOptions): Promise<number> {
  const read = await readSpecOrGraph(session, path);
  const shown = new Shown(session);
  const progress = new Progress();
  progress.update(`computing ${read.shown}`, 0, 0);
  let replaying: Progress | undefined;
  const endProgress = (): void => {
    progress.end();
    replaying?.end();
    replaying = undefined;
  };
  const checked = await checkFile(read, session.files, {
    document: options.document,
    replay: !options.quick,
    seeds: options.seeds,
    // A page is scrolled downwards: so the graph flows.
    ...(options.format === 'svg' ? { whatIf: { look: { direction: 'down' } } } : {}),
    shouldStop: () => progress.stillAtWork(),
    onOutcome: ({ preview: found }) => {
      endProgress();
      if (found !== null && options.format === 'text') shown.show(found);
    },
    onProgress: (done, all) => {
      replaying ??= new Progress();
      replaying.update(`replaying the load under ${POLICIES.length} policies`, Math.round((100 * done) / all), 100);
    },
  }).finally(endProgress);
  const previews = [...checked.outcomes.values()].flatMap((outcome) => (outcome.preview ? [outcome.preview] : []));
  const problems = report(read, checked.problems);
  if (problems.length === 0 && previews.length === 0) throw nothingIn(checked, options.document, 'to preview');
  const failed = problems.some((problem) => problem.severity === 'error');
  if (options.format === 'svg') session.out.write(previewSvg(previews));
  else if (session.format === 'json') session.json(previews.map(contract));
  if (problems.length > 0) {
    if (options.format === 'text' && previews.length > 0) session.err.write('\n');
    session.err.write(`${problemText(problems, session.errPaint).join('\n').trimEnd()}\n`);
  }
  return failed ? EXIT.problems : EXIT.ok;
}

/** Prints documents as they are computed: what is known at once, and below it what a replay says when it comes. */
class Shown {
  readonly #session: Session;
  #last: Preview | undefined;

  constructor(session: Session) {
    this.#session = session;
  }

  show(found: Preview): void {
    const { paint, width } = this.#session;
    const last = this.#last;
    this.#last = found;
    const more = found.kind === 'InferenceCluster' && last?.document === found.document;
    const lines = more ? dayText(found, paint, width) : previewText(found, paint, width);
    this.#session.print(last === undefined ? lines : ['', ...lines]);
  }
}

/** The documented JSON: everything but what only a picture needs. */
function contract(found: Preview): unknown {
  if (found.kind !== 'TrainingPlacement') return found;
  const { graph: _, ...rest } = found;
  return {
    ...rest,
    devices: rest.devices.map(({ intervals: _intervals, memoryOverTime: _memory, ...device }) => device),
  };
}
