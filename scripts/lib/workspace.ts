import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'

export const SCOPE = '@breakwater'

/** What the gates read of a package.json. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly description?: string
  readonly license?: string
  readonly repository?: { readonly directory?: string }
  readonly engines?: { readonly node?: string }
  readonly exports?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly publishConfig?: Readonly<Record<string, unknown>>
}

/** A published package, or as the architecture calls it: a room. */
export interface Package {
  /** The room: its folder's name, and its npm name without the scope. */
  readonly room: string
  /** Relative to the workspace, with forward slashes. */
  readonly folder: string
  readonly manifest: Manifest
  readonly doors: readonly Door[]
}

/** One key of `exports`. */
export interface Door {
  /** As in `exports`: `.` or `./testing`. */
  readonly key: string
  /** What a user imports, such as `@breakwater/core/testing`. */
  readonly specifier: string
  /** Relative to the package, such as `src/testing.ts`. */
  readonly source: string
  /** The built file without its ending, such as `testing`. */
  readonly stem: string
}

/** All published packages, by name. */
export function readPackages(root: string): readonly Package[] {
  return readdirSync(join(root, 'packages'))
    .filter((room) => existsSync(join(root, 'packages', room, 'package.json')))
    .sort()
    .map((room) => {
      const folder = `packages/${room}`
      const manifest = readManifest(join(root, folder))
      return { room, folder, manifest, doors: doorsOf(manifest) }
    })
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}

/** Folders of the members that are never published. */
export function privateFolders(root: string): readonly string[] {
  const examples = existsSync(join(root, 'examples')) ? readdirSync(join(root, 'examples')) : []
  return [...examples.map((name) => `examples/${name}`), 'testing', 'benchmarks'].filter((folder) =>
    existsSync(join(root, folder, 'package.json')),
  )
}

/** Files below a folder by pattern, relative to the workspace, with forward slashes, sorted, without what is installed or built. */
export function listFiles(root: string, folder: string, pattern: string): readonly string[] {
  return globSync(`${folder}/${pattern}`, { cwd: root, exclude: (path) => /(^|[\\/])(node_modules|dist)$/.test(path) })
    .map((file) => file.split(sep).join('/'))
    .sort()
}

/** Whether a file is only there for tests. */
export function isTest(file: string): boolean {
  return /\.test(-d)?\.ts$|^packages\/[^/]+\/test\//.test(file)
}

function doorsOf({ name, exports = {} }: Manifest): readonly Door[] {
  return Object.entries(exports)
    .filter(([key]) => key !== './package.json')
    .map(([key, target]) => ({
      key,
      specifier: `${name}${key.slice(1)}`,
      source: target.replace(/^\.\//, ''),
      stem: key === '.' ? 'index' : key.slice(2),
    }))
}
