import type { Highs, HighsCallbackMap, InitOptions } from 'highs';
import type { LpSolver } from './linear-program.ts';

type HighsLoader = (options?: InitOptions) => Promise<Highs>;

/**
 * How a program is solved, always to a vertex: by interior points with crossover, or by the dual simplex. The optimum is the same, and of the
 * many vertices that have it each ends at another.
 */
export type HighsMethod = 'interior-point' | 'dual-simplex';

/**
 * Loads the HiGHS solver and returns it as a function. A vertex is what the favourite children are rounded from, and of the
 * free solvers interior points with crossover come closest to the authors' own.
 *
 * @param loader default export of the `highs` package. Its types describe the CommonJS build, whose default export wraps the
 *   loader once more, so both shapes are taken. It fetches and compiles the solver's WebAssembly.
 * @param options where the loader finds that file, for bundles.
 */
export async function loadHighsSolver(
  loader: HighsLoader | { readonly default: HighsLoader },
  options?: InitOptions,
  method: HighsMethod = 'interior-point',
): Promise<LpSolver> {
  const highs = await (typeof loader === 'function' ? loader : loader.default)(options);
  const chosen = method === 'dual-simplex' ? { solver: 'simplex' } : { solver: 'ipm', run_crossover: 'on' };
  return (program, shouldStop) =>
    highs.withModel(
      {
        numCols: program.columnCount,
        numRows: program.rowCount,
        colCost: program.cost,
        colLower: program.columnLower,
        colUpper: program.columnUpper,
        rowLower: program.rowLower,
        rowUpper: new Float64Array(program.rowCount).fill(highs.infinity),
        matrix: {
          format: 'csr',
          numRows: program.rowCount,
          numCols: program.columnCount,
          starts: program.rowStart,
          indices: program.rowColumns,
          values: program.rowValues,
        },
      },
      (model) => {
        model.options.set({ output_flag: false, ...chosen });
        const { simplexInterrupt, ipmInterrupt } = highs.constants.callbackType;
        const ask = (event: { interrupt(): void }): undefined => {
          if (shouldStop?.()) event.interrupt();
        };
        const callbacks: HighsCallbackMap = { [simplexInterrupt]: ask, [ipmInterrupt]: ask };
        model.run(shouldStop ? callbacks : {});
        const status = model.getModelStatus();
        if (status === highs.constants.modelStatus.interrupted) return undefined;
        if (status !== highs.constants.modelStatus.optimal)
          throw new Error(`linear program ended with status ${status}`);
        return { objective: model.getObjectiveValue(), values: Float64Array.from(model.getSolution().colValue) };
      },
    );
}
