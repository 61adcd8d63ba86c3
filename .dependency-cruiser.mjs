// The doors between the rooms of docs/architecture.md. Imports run downwards only:
//   lsp, cli → language → preview, deploy → faro, baechi, securedfl, host → graph, spec → numeric

/** Rooms from bottom to top; the rooms of one level do not know one another, except where `beside` says so. */
const levels = [
  ['numeric'],
  ['spec', 'graph'],
  ['faro', 'baechi', 'securedfl', 'host', 'kubernetes'],
  ['preview', 'deploy'],
  ['language'],
  ['lsp', 'cli'],
];

/** Doors within a level: graphs are read from files that a spec names, so graph/ knows spec/'s quantities. */
const beside = { graph: ['spec'] };

/** The one file that server, client and webview share: message types. */
const protocol = '^server/src/lsp/protocol\\.ts$';

const room = (names) => `^server/src/(${names.join('|')})/`;

const downwardsOnly = levels.flatMap((level, height) =>
  level.map((name) => {
    const closed = levels
      .slice(height)
      .flat()
      .filter((other) => other !== name && !(beside[name] ?? []).includes(other));
    return {
      name: `${name}-downwards-only`,
      severity: 'error',
      comment: `${name}/ imports only from the levels below it.`,
      from: { path: room([name]), pathNot: protocol },
      to: { path: closed.length > 0 ? room(closed) : '^$', pathNot: protocol },
    };
  }),
);

export default {
  forbidden: [
    ...downwardsOnly,
    {
      name: 'no-cycles',
      severity: 'error',
      comment:
        'Modules that need each other are one module. Types may point both ways, since they are gone at run time.',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'lsp-is-a-line',
      severity: 'error',
      comment:
        'The features of the server are given what they need: none refers to the server that puts them together, not even by a type.',
      from: { path: room(['lsp']) },
      to: { circular: true },
    },
    {
      name: 'resolvable',
      severity: 'error',
      comment: 'An import that leads nowhere.',
      from: {},
      to: { couldNotResolve: true, pathNot: '^vscode$' },
    },
    {
      name: 'engines-do-no-io',
      severity: 'error',
      comment:
        'The engines are pure functions of typed data: no files, processes, network, clocks of the system, threads.',
      from: { path: room(['numeric', 'faro', 'baechi', 'securedfl', 'graph', 'kubernetes', 'language']) },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(assert|crypto)$' },
    },
    {
      name: 'spec-starts-nothing',
      severity: 'error',
      comment: 'Reading a spec may look at files, but starts no process and opens no connection.',
      from: { path: room(['spec']) },
      to: {
        dependencyTypes: ['core'],
        path: '^(node:)?(child_process|net|http|https|http2|tls|dgram|cluster|worker_threads)',
      },
    },
    {
      name: 'protocol-only-lsp',
      severity: 'error',
      comment:
        'The language server protocol is known in language/ as types and in lsp/ as a connection; engines never meet it.',
      from: {
        path: room(['numeric', 'spec', 'graph', 'faro', 'baechi', 'securedfl', 'kubernetes', 'preview', 'deploy']),
      },
      to: { path: '^node_modules/vscode-' },
    },
    {
      name: 'language-knows-no-connection',
      severity: 'error',
      comment: 'Editor features are pure: they return protocol types but never meet a connection.',
      from: { path: room(['language']) },
      to: { path: '^node_modules/vscode-languageserver/' },
    },
    {
      name: 'targets-behind-their-registry',
      severity: 'error',
      comment:
        'Every target is the same to whoever deploys: only deploy/registry.ts knows which there are, and deploy/target-description.ts what they need.',
      from: {
        path: '^(server|client|webview)/src/',
        pathNot: '^server/src/deploy/((registry|target-description)\\.ts$|targets/)',
      },
      to: { path: '^server/src/deploy/targets/' },
    },
    {
      name: 'targets-apart',
      severity: 'error',
      comment: 'What two targets share is no part of either.',
      from: { path: '^server/src/deploy/targets/([^/]+)/' },
      to: { path: '^server/src/deploy/targets/', pathNot: '^server/src/deploy/targets/$1/' },
    },
    {
      name: 'graph-formats-behind-their-registry',
      severity: 'error',
      comment:
        'Every graph format is the same to whoever reads a graph: only the registry graph/formats.ts knows which there are.',
      from: { path: '^(server|client|webview)/src/', pathNot: '^server/src/graph/formats(/|\\.ts$)' },
      to: { path: '^server/src/graph/formats/' },
    },
    {
      name: 'graph-registry-behind-the-door',
      severity: 'error',
      comment:
        'Only the door graph/source.ts chooses among formats; what must be known of them elsewhere is generated.',
      from: { path: '^(server|client|webview)/src/', pathNot: '^server/src/graph/source\\.ts$' },
      to: { path: '^server/src/graph/formats\\.ts$' },
    },
    {
      name: 'graph-formats-apart',
      severity: 'error',
      comment: 'What two formats share is no part of either.',
      from: { path: '^server/src/graph/formats/([^/]+)' },
      to: { path: '^server/src/graph/formats/', pathNot: '^server/src/graph/formats/$1' },
    },
    {
      name: 'graphs-by-one-door',
      severity: 'error',
      comment:
        'Texts are parsed in spec/ for specs, in graph/source.ts for graphs and in kubernetes/manifest.ts for resources: whoever wants a graph is given one there, whatever its format.',
      from: { path: '^server/src/', pathNot: '^server/src/(spec/|graph/source\\.ts$|kubernetes/manifest\\.ts$)' },
      to: { path: '^server/src/spec/yaml/(document|json-green)\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'client-shares-only-the-protocol',
      severity: 'error',
      comment: 'client/ and webview/ share with the server only the message types.',
      from: { path: '^(client|webview)/src/' },
      to: { path: '^server/src/', pathNot: protocol },
    },
    {
      name: 'client-and-webview-apart',
      severity: 'error',
      comment: 'The page and its host talk by messages.',
      from: { path: '^(client|webview)/src/' },
      to: { path: '^(client|webview)/src/', pathNot: '^$1/src/' },
    },
    {
      name: 'server-below-everything',
      severity: 'error',
      comment: 'The server knows neither its client nor its page.',
      from: { path: '^server/src/' },
      to: { path: '^(client|webview)/' },
    },
    {
      name: 'runtime-knows-no-target',
      severity: 'error',
      comment:
        'What all targets run is brought orders by a target and knows none: of deploy/ it imports nothing but the words of types.ts and the checks of shape.ts.',
      from: { path: '^server/src/deploy/runtime/' },
      to: { path: '^server/src/deploy/(?!runtime/|types\\.ts$|shape\\.ts$)' },
    },
    {
      name: 'no-tests-in-the-product',
      severity: 'error',
      comment: 'What is shipped imports neither tests nor scripts.',
      from: { path: '^(server|client|webview)/src/' },
      to: { path: '^(test|scripts|bin|examples)/' },
    },
    {
      name: 'webview-runs-in-a-page',
      severity: 'error',
      comment: 'The page has no Node.',
      from: { path: '^webview/src/' },
      to: { dependencyTypes: ['core'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|build|playground|artifacts)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    moduleSystems: ['es6', 'cjs'],
    builtInModules: { add: ['vscode'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'],
    },
  },
};
