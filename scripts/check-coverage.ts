import { existsSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import type { Gate } from './lib/gate.ts'
import { runTool } from './lib/run.ts'
import { createTemporary } from './lib/temporary.ts'
import { readPackages } from './lib/workspace.ts'

/** Per cent of each package's lines. */
const LEAST = 90

interface FileSummary {
  readonly lines: { readonly total: number; readonly covered: number }
}

const REPORT = 'coverage-summary.json'

/**
 * The packages' tests pass through most lines of each. What only an adapter's tests reach of core counts.
 *
 * Looks at the report of a test run that is over where there is one, else runs the packages' tests itself.
 */
export const coverage: Gate = {
  name: 'coverage',
  async check(root, { coverageFolder } = {}) {
    const packages = readPackages(root)
    const { folder, remove } = createTemporary('coverage')
    try {
      if (coverageFolder === undefined) {
        const projects = packages.flatMap(({ room }) => ['--project', room])
        // Of each project that is named.
        const args = ['run', '--reporter=default', '--coverage.include=src/**/*.ts', ...projects]
        const { ok, output } = await runTool(root, 'vitest', args, {
          timeoutMs: 600_000,
          env: { COVERAGE_FOLDER: folder, COVERAGE: 'true' },
        })
        // The failures are at the end.
        if (!ok) return { problems: [output.split('\n').slice(-80).join('\n')] }
      }
      const path = join(coverageFolder ?? folder, REPORT)
      if (!existsSync(path)) return { problems: [`There is no ${path}: tests have to run with COVERAGE_FOLDER before`] }

      const summary = Object.entries(JSON.parse(readFileSync(path, 'utf8')) as Record<string, FileSummary>)
      const files = summary.map(([file, { lines }]) => ({ file: relative(root, file).split(sep).join('/'), ...lines }))
      const shares = packages.map(({ room, folder }) => {
        const own = files.filter(({ file }) => file.startsWith(`${folder}/`))
        const total = own.reduce((sum, file) => sum + file.total, 0)
        const covered = own.reduce((sum, file) => sum + file.covered, 0)
        const worst = own
          .map((file) => ({ ...file, missed: file.total - file.covered }))
          .sort((a, b) => b.missed - a.missed)[0]
        return { room, folder, worst, percent: total === 0 ? 0 : (covered / total) * 100 }
      })
      const problems = shares
        .filter(({ percent }) => percent < LEAST)
        .map(
          ({ folder, percent, worst }) =>
            `${folder}: ${percent.toFixed(1)} % of its lines are tested, under ${LEAST}; most are missed in ${worst?.file}`,
        )
      return { problems, notes: shares.map(({ room, percent }) => `${room} ${percent.toFixed(1)} %`) }
    } finally {
      remove()
    }
  },
}
