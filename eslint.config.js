import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** What Node gives every module; the scripts' types are checked by tsc besides. */
const nodeGlobals = Object.fromEntries(
  [
    ...['process', 'console', 'URL', 'URLSearchParams', 'Buffer', 'performance', 'fetch', 'structuredClone'],
    ...['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'queueMicrotask'],
    ...['AbortController', 'AbortSignal', 'TextDecoder', 'TextEncoder', 'SharedArrayBuffer', 'Atomics', 'WebAssembly'],
  ].map((name) => [name, 'readonly']),
);

export default tseslint.config(
  { ignores: ['dist/**', 'build/**', 'node_modules/**', '**/generated/**', 'playground/**', 'artifacts/**'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    rules: {
      '@typescript-eslint/no-dynamic-delete': 'off', // environments of child processes are cleaned by name
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'max-lines': ['warn', { max: 450, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    // With the types of the code: a promise that nobody waits for, a case that nobody thought of, an `any` that spreads.
    files: ['{server,client,webview,test}/**/*.{ts,tsx}'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-array-delete': 'error',
      '@typescript-eslint/no-base-to-string': 'error',
      '@typescript-eslint/no-duplicate-type-constituents': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-for-in-array': 'error',
      '@typescript-eslint/no-implied-eval': 'error',
      '@typescript-eslint/no-meaningless-void-operator': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-misused-spread': 'error',
      '@typescript-eslint/no-redundant-type-constituents': 'error',
      '@typescript-eslint/no-unnecessary-boolean-literal-compare': 'error',
      '@typescript-eslint/no-unnecessary-type-arguments': 'error',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/no-unsafe-argument': 'error',
      '@typescript-eslint/no-unsafe-assignment': 'error',
      '@typescript-eslint/no-unsafe-call': 'error',
      '@typescript-eslint/no-unsafe-enum-comparison': 'error',
      '@typescript-eslint/no-unsafe-member-access': 'error',
      '@typescript-eslint/no-unsafe-return': 'error',
      '@typescript-eslint/no-unsafe-unary-minus': 'error',
      '@typescript-eslint/only-throw-error': ['error', { allowThrowingUnknown: true }],
      '@typescript-eslint/prefer-promise-reject-errors': 'error',
      '@typescript-eslint/restrict-plus-operands': 'error',
      '@typescript-eslint/return-await': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/unbound-method': 'error',
    },
  },
  {
    // Here a bound is proved by the loop or by the model (typed arrays, parsed values), and noUncheckedIndexedAccess asks for the "!" nevertheless.
    // Shorten this list, never lengthen it.
    files: [
      'server/src/{deploy,lsp,preview,spec}/**/*.ts',
      'server/src/cli/{commands,experiment,text}/**/*.ts',
      'server/src/language/*.ts',
      'server/src/language/{hover,pictures}/**/*.ts',
      'test/**/*.{ts,tsx}',
    ],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    files: ['test/**/*.{ts,tsx}'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off', // vitest's matchers (expect.stringContaining) are any
      '@typescript-eslint/unbound-method': 'off', // fixtures are plain objects whose functions are taken apart
    },
  },
  { files: ['**/*.{mjs,js}'], languageOptions: { globals: nodeGlobals } },
);
