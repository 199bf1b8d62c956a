import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { buildPackages } from './lib/build.ts'
import type { Gate } from './lib/gate.ts'
import { type Package, readPackages } from './lib/workspace.ts'

const FILE = 'scripts/budgets.json'
/** A budget that is further above the size than this has ceased to guard anything. */
const MOST_HEADROOM = 1.15
/** What `--update` leaves. */
const HEADROOM = 1.1

interface Budget {
  /** Most bytes of each door, minified and compressed, without its dependencies. */
  readonly bytes: Readonly<Record<string, number>>
  /** Exactly what it brings along, and what it asks its user to have. */
  readonly dependencies: readonly string[]
  readonly peerDependencies: readonly string[]
}

/** Holds each package to its budget: bytes per door, and what it depends on. */
export const size: Gate = {
  name: 'size',
  async check(root, { update = false } = {}) {
    const unbuilt = await buildPackages(root)
    if (unbuilt.length > 0) return { problems: unbuilt }
    const path = join(root, FILE)
    const budgets: Record<string, Budget> = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}
    const problems: string[] = []
    const notes: string[] = []
    for (const pkg of readPackages(root)) {
      const sizes = await measure(root, pkg)
      const { dependencies = [], peerDependencies = [], bytes = {} } = budgets[pkg.room] ?? {}
      if (update) budgets[pkg.room] = { bytes: renewed(bytes, sizes), dependencies, peerDependencies }
      else problems.push(...sizeProblems(pkg, bytes, sizes))
      problems.push(...dependencyProblems(pkg, { dependencies, peerDependencies }))
      notes.push(...Object.entries(sizes).map(([key, is]) => `${pkg.room}${key.slice(1)} ${is} B`))
    }
    if (update) writeFileSync(path, `${JSON.stringify(budgets, null, 2)}\n`)
    return { problems, notes }
  },
}

/** Bytes of each door as a bundle that leaves its dependencies out. */
async function measure(root: string, { folder, doors, manifest }: Package): Promise<Readonly<Record<string, number>>> {
  const external = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
  const entries = doors.map(async ({ key, stem }) => {
    const { outputFiles } = await build({
      entryPoints: [join(root, folder, 'dist', `${stem}.js`)],
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      external,
      logLevel: 'silent',
    })
    return [key, gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}

function sizeProblems({ folder }: Package, bytes: Budget['bytes'], sizes: Budget['bytes']): readonly string[] {
  const keys = new Set([...Object.keys(bytes), ...Object.keys(sizes)])
  return [...keys].flatMap((key) => {
    const [most, is] = [bytes[key], sizes[key]]
    if (is === undefined) return [`${folder}: ${FILE} has a budget for ${key}, which is no door`]
    if (most === undefined)
      return [`${folder}: ${key} has ${is} bytes and no budget in ${FILE}; pnpm check size --update gives it one`]
    if (is > most) return [`${folder}: ${key} has ${is} bytes, over its budget of ${most}`]
    if (most > is * MOST_HEADROOM)
      return [
        `${folder}: ${key} has ${is} bytes, so little of its budget of ${most} that it guards nothing; pnpm check size --update`,
      ]
    return []
  })
}

/** Budgets that still fit stay, so that a small change does not touch them. */
function renewed(bytes: Budget['bytes'], sizes: Budget['bytes']): Budget['bytes'] {
  return Object.fromEntries(
    Object.entries(sizes).map(([key, is]) => {
      const most = bytes[key]
      return [key, most !== undefined && is <= most && most <= is * MOST_HEADROOM ? most : Math.round(is * HEADROOM)]
    }),
  )
}

/** A dependency more is a decision, so it is written into the budget by hand. */
function dependencyProblems({ folder, manifest }: Package, budget: Omit<Budget, 'bytes'>): readonly string[] {
  return (['dependencies', 'peerDependencies'] as const).flatMap((kind) => {
    const has = Object.keys(manifest[kind] ?? {})
    const added = has
      .filter((name) => !budget[kind].includes(name))
      .map((name) => `${folder}: has ${name} in ${kind}, which is not in its budget (${FILE})`)
    const gone = budget[kind]
      .filter((name) => !has.includes(name))
      .map((name) => `${folder}: has no ${name} in ${kind}, but a budget for it (${FILE})`)
    return [...added, ...gone]
  })
}
