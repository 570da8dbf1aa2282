/** The allowed imports between rooms (docs/ARCHITECTURE.md); `npm test` fails on any other. */
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { pathNot: allowed },
})

module.exports = {
  forbidden: [
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    only(
      'shared-imports-no-room',
      '^shared/',
      ['^shared/', '^node_modules/zod/'],
      'shared/ imports no other room, and only zod from outside',
    ),
    only(
      'dissectors-are-pure',
      '^dissectors/',
      ['^dissectors/', '^shared/'],
      'dissectors/ import shared/ only: no Node, no DOM, no package',
    ),
    only(
      'analysis-is-pure',
      '^main/analysis/',
      ['^main/analysis/', '^dissectors/', '^shared/', '^node_modules/ipaddr\\.js/'],
      'main/analysis does no I/O',
    ),
    only('renderer-imports-shared', '^renderer/', ['^renderer/', '^shared/', '^node_modules/'], 'the screens import shared/ only'),
    {
      name: 'renderer-has-no-node',
      severity: 'error',
      from: { path: '^renderer/' },
      to: { dependencyTypes: ['core'] },
    },
    { name: 'main-imports-no-screen', severity: 'error', from: { path: '^main/' }, to: { path: '^(renderer|test|scripts)/' } },
    { name: 'product-imports-no-test', severity: 'error', from: { path: '^(main|renderer|dissectors|shared)/' }, to: { path: '^test/' } },
    {
      name: 'only-the-electron-host-knows-electron',
      severity: 'error',
      from: { path: '^main/', pathNot: '^main/hosts/electron/' },
      to: { path: 'node_modules/electron/' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mts', '.js', '.mjs', '.cjs', '.d.ts'],
    },
  },
}
