import base from '../../tsup.base.ts'

// The command is no door: nobody imports it.
const entry = { index: 'src/index.ts', checks: 'src/checks.ts', 'breakwater-health': 'src/lib/cli/main.ts' }

export default { ...base, entry }
