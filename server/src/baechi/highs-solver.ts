import type { Highs, HighsCallbackMap, InitOptions } from 'highs';
import type { LpSolver } from './linear-program.ts';

type HighsLoader = (options?: InitOptions) => Promise<Highs>;

/**
 * Loads the HiGHS solver and returns it as a function: interior point, then crossover to a vertex. A vertex is what the
 * favourite children are rounded from, and of the free solvers this one comes closest to the authors' own.
 *
 * @param loader default export of the `highs` package. Its types describe the CommonJS build, whose default export wraps the
 *   loader once more, so both shapes are taken. It fetches and compiles the solver's WebAssembly.
 * @param options where the loader finds that file, for bundles.
 */
export async function loadHighsSolver(
  loader: HighsLoader | { readonly default: HighsLoader },
  options?: InitOptions,
): Promise<LpSolver> {
  const highs = await (typeof loader === 'function' ? loader : loader.default)(options);
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
        model.options.set({ output_flag: false, solver: 'ipm', run_crossover: 'on' });
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
