/** The rooms of docs/design.md and what each may import. */
const rooms = {
  domain: [],
  workflows: ['domain', 'activities'],
  activities: ['domain', 'db', 'brevo', 'mail', 'reports'],
  brevo: ['domain'],
  mail: ['domain'],
  events: ['domain', 'db', 'brevo', 'mail', 'workflows'],
  db: ['domain'],
  reports: ['domain'],
  schedules: ['domain'],
};

export default {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    ...Object.entries(rooms).map(([room, allowed]) => ({
      name: `${room}-imports`,
      severity: 'error',
      from: { path: `^${room}/` },
      to: {
        pathNot: `^(${[room, ...allowed].join('|')})/|^node_modules/|^node:|^config\\.ts$`,
        dependencyTypesNot: ['core'],
      },
    })),
    {
      name: 'domain-is-pure',
      severity: 'error',
      from: { path: '^domain/' },
      to: { path: '^(config\\.ts|node_modules/(?!temporal-(polyfill|spec|utils)))' },
    },
    {
      name: 'workflows-know-activities-by-type-only',
      severity: 'error',
      from: { path: '^workflows/' },
      to: { path: '^activities/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'workflows-have-no-settings',
      severity: 'error',
      from: { path: '^(workflows|domain|brevo|mail|reports)/' },
      to: { path: '^config\\.ts$' },
    },
    {
      name: 'local-stands-apart',
      severity: 'error',
      from: { pathNot: '^(local|cli|test|bench)/' },
      to: { path: '^local/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(node_modules|\\.sluice)/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
    },
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
