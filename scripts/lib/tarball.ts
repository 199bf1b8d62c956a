import { join } from 'node:path'
import { run } from './run.ts'
import type { Package } from './workspace.ts'

/** A package as it would be published. */
export interface Tarball {
  readonly pkg: Package
  /** npm name. */
  readonly specifier: string
  readonly version: string
  /** Absolute path. */
  readonly file: string
  readonly bytes: number
  /** What is in it. */
  readonly contents: readonly string[]
}

/**
 * Packs a built package. Only pnpm's own packing puts `publishConfig` and real versions in.
 *
 * @param root The workspace's folder.
 * @param pkg The package.
 * @param into Where the tarball goes.
 * @returns The tarball, or what went wrong.
 */
export async function pack(root: string, pkg: Package, into: string): Promise<Tarball | string> {
  const cwd = join(root, pkg.folder)
  const { ok, stdout, output } = await run('pnpm', ['pack', '--json', '--pack-destination', into], { cwd })
  if (!ok) return `${pkg.folder}: cannot be packed\n${output}`
  const { name, version, filename, size, files } = JSON.parse(stdout) as {
    name: string
    version: string
    filename: string
    size: number
    files: readonly { path: string }[]
  }
  return { pkg, specifier: name, version, file: filename, bytes: size, contents: files.map(({ path }) => path) }
}

/** What is missing in a tarball, and what has no business there. */
export function tarballProblems({ pkg, specifier, contents }: Tarball): readonly string[] {
  const built = pkg.doors.flatMap(({ stem }) =>
    ['js', 'cjs', 'd.ts', 'd.cts'].map((ending) => `dist/${stem}.${ending}`),
  )
  const missing = [...built, 'README.md', 'LICENSE'].filter((file) => !contents.includes(file))
  const odd = contents.filter(
    (file) => !/^(dist\/[^/]+\.(c?js(\.map)?|d\.c?ts)|[A-Z]+(\.md)?|package\.json)$/.test(file),
  )
  return [
    ...missing.map((file) => `${specifier}: its tarball has no ${file}`),
    ...odd.map((file) => `${specifier}: its tarball has ${file}, which is nothing to publish`),
  ]
}
