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
      '@typescript-eslint/no-non-null-assertion': 'off', // typed arrays and parsed values: noUncheckedIndexedAccess asks for it where a bound is proved
      '@typescript-eslint/no-dynamic-delete': 'off', // environments of child processes are cleaned by name
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'max-lines': ['warn', { max: 450, skipBlankLines: true, skipComments: true }],
    },
  },
  { files: ['**/*.{mjs,js}'], languageOptions: { globals: nodeGlobals } },
);
