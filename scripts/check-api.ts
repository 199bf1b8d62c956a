import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Gate } from './lib/gate.ts'
import { surfaceOf } from './lib/surface.ts'
import { readPackages } from './lib/workspace.ts'

/** Keeps what each package offers written down in its `api.d.ts`, so that a change to it is seen in review. */
export const api: Gate = {
  name: 'api',
  async check(root, { update = false } = {}) {
    const problems: string[] = []
    for (const pkg of readPackages(root)) {
      const file = `${pkg.folder}/api.d.ts`
      const path = join(root, file)
      const before = existsSync(path) ? readFileSync(path, 'utf8') : ''
      const { text, problems: hidden } = surfaceOf(root, pkg)
      problems.push(...hidden)
      if (before === text) continue
      if (update) writeFileSync(path, text)
      else
        problems.push(
          `${file}: is not what the sources offer; see what changed and run pnpm check api --update\n${difference(before, text)}`,
        )
    }
    return { problems }
  },
}

/** Lines that only one of two texts has. */
function difference(before: string, after: string): string {
  const [old, now] = [before.split('\n'), after.split('\n')]
  const gone = old.filter((line) => !now.includes(line)).map((line) => `- ${line}`)
  const come = now.filter((line) => !old.includes(line)).map((line) => `+ ${line}`)
  return [...gone, ...come].slice(0, 40).join('\n') || 'only the order of lines'
}
