import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join, posix } from 'node:path'
import type { Gate } from './lib/gate.ts'
import { countCodeLines, findCycles, type Reference, referencesOf } from './lib/imports.ts'
import { manifestProblems } from './lib/manifest.ts'
import { allowedIn, CORE_LIMIT, FILE_LIMIT, floorOf, REQUIRED_FILES } from './lib/rooms.ts'
import {
  isTest,
  listFiles,
  type Manifest,
  type Package,
  privateFolders,
  readManifest,
  readPackages,
  SCOPE,
} from './lib/workspace.ts'

/** Keeps the floors, the doors and the one sentence of every package, and the limits of size. */
export const architecture: Gate = {
  name: 'architecture',
  async check(root) {
    const packages = readPackages(root)
    const privates = privateFolders(root)
    const privateNames = privates.map((folder) => readManifest(join(root, folder)).name)
    const rootManifest = readManifest(root)
    const problems = [
      ...packages.flatMap((pkg) => [
        ...shapeProblems(root, pkg),
        ...manifestProblems(root, pkg, privateNames),
        ...importProblems(root, pkg, privateNames, rootManifest),
        ...cycleProblems(root, pkg),
      ]),
      ...privates.flatMap((folder) =>
        listFiles(root, folder, '**/*.ts').flatMap((file) => escapes(root, folder, file)),
      ),
      ...sizeProblems(root, [...packages.map(({ folder }) => folder), ...privates, 'scripts']),
    ]
    return { problems, notes: [`${packages.length} packages`] }
  },
}

/** What is in the folder, and what is not. */
function shapeProblems(root: string, { room, folder, doors }: Package): readonly string[] {
  const problems: string[] = []
  if (floorOf(room) === -1) problems.push(`${folder}: has no floor; add it to scripts/lib/rooms.ts`)
  for (const file of REQUIRED_FILES)
    if (!existsSync(join(root, folder, file))) problems.push(`${folder}: ${file} is missing`)
  for (const entry of readdirSync(join(root, folder, 'src'))) {
    if (entry !== 'lib' && !doors.some(({ source }) => source === `src/${entry}`))
      problems.push(`${folder}: src/${entry} is neither lib/ nor named in exports`)
  }
  for (const file of listFiles(root, folder, 'src/**/*.test-d.ts'))
    problems.push(`${file}: is never run; type tests belong in ${folder}/test`)
  return problems
}

function importProblems(
  root: string,
  pkg: Package,
  privateNames: readonly string[],
  rootManifest: Manifest,
): readonly string[] {
  const { folder, doors, manifest } = pkg
  return listFiles(root, folder, '**/*.ts').flatMap((file) => {
    if (file.endsWith('/tsup.config.ts') || file.endsWith('/api.d.ts')) return []
    const isDoor = doors.some(({ source }) => file === `${folder}/${source}`)
    const references = referencesOf(readFileSync(join(root, file), 'utf8'))
    const published = isTest(file)
      ? []
      : references.flatMap((reference) => at(file, reference, sourceProblem(pkg, reference, isDoor, privateNames)))
    const tested = isTest(file)
      ? references.flatMap((reference) => at(file, reference, testProblem(manifest, rootManifest, reference)))
      : []
    return [...published, ...tested, ...escapes(root, folder, file)]
  })
}

function at(file: string, { line }: Reference, problem: string | undefined): readonly string[] {
  return problem === undefined ? [] : [`${file}:${line}: ${problem}`]
}

/** What is wrong with a published source naming a module, if anything is. */
function sourceProblem(
  { room, manifest }: Package,
  { kind, specifier }: Reference,
  isDoor: boolean,
  privateNames: readonly string[],
): string | undefined {
  if (kind === 'require()') return `calls require(${specifier ?? ''}); import it`
  if (specifier === undefined) return `${kind} of something that is no literal cannot be checked`
  if (kind === 'side effect')
    return `imports "${specifier}" for its side effects, and the package promises to have none`
  if (kind === 'export *' && isDoor) return `exports everything of "${specifier}"; a door names what it exports`
  if (specifier.startsWith('.')) return undefined
  if (kind.startsWith('export')) return `re-exports "${specifier}"; let users import it from its owner`
  if (specifier.startsWith('node:')) return undefined
  if (isBuiltin(specifier)) return `imports "${specifier}" without node: before it`

  const name = packageOf(specifier)
  if (privateNames.includes(name)) return `imports ${name}, which is private and never published`
  if (name.startsWith(`${SCOPE}/`)) {
    const owner = name.slice(SCOPE.length + 1)
    if (floorOf(owner) === -1) return `imports ${name}, which has no floor`
    if (floorOf(owner) >= floorOf(room)) return `${room} may not see ${owner}, it is not on a lower floor`
    return name in { ...manifest.dependencies } ? undefined : `imports ${name}, which is not in dependencies`
  }
  if (!allowedIn(room).includes(name)) return `imports "${name}", which ${room} may not carry`
  return name in { ...manifest.dependencies, ...manifest.peerDependencies }
    ? undefined
    : `imports "${name}", which is in neither dependencies nor peerDependencies`
}

function testProblem(manifest: Manifest, root: Manifest, { specifier }: Reference): string | undefined {
  if (specifier === undefined || specifier.startsWith('.') || specifier.startsWith('node:')) return undefined
  if (isBuiltin(specifier)) return `imports "${specifier}" without node: before it`
  const name = packageOf(specifier)
  const known = { ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.devDependencies }
  if (name === manifest.name || name in known || name in { ...root.devDependencies }) return undefined
  return `imports "${name}", which is in no dependencies of this package or of the workspace`
}

/** Relative paths that leave a member's folder. Members meet by name. */
function escapes(root: string, folder: string, file: string): readonly string[] {
  if (file.endsWith('/tsup.config.ts')) return []
  return referencesOf(readFileSync(join(root, file), 'utf8')).flatMap((reference) => {
    const { specifier } = reference
    if (!specifier?.startsWith('.')) return []
    const target = posix.join(posix.dirname(file), specifier)
    return target.startsWith(`${folder}/`) ? [] : at(file, reference, `imports "${specifier}", which leaves ${folder}`)
  })
}

/** Circles among a package's own modules, types included. */
function cycleProblems(root: string, { folder }: Package): readonly string[] {
  const graph = new Map(
    listFiles(root, folder, 'src/**/*.ts')
      .filter((file) => !isTest(file))
      .map((file) => [file, neighboursOf(root, file)]),
  )
  return findCycles(graph).map(
    (cycle) =>
      `${folder}: modules go round in a circle: ${cycle.map((file) => posix.relative(`${folder}/src`, file)).join(' → ')}`,
  )
}

function neighboursOf(root: string, file: string): readonly string[] {
  return referencesOf(readFileSync(join(root, file), 'utf8')).flatMap(({ specifier }) =>
    specifier?.startsWith('.') ? [posix.join(posix.dirname(file), specifier)] : [],
  )
}

function sizeProblems(root: string, folders: readonly string[]): readonly string[] {
  const problems: string[] = []
  const sources = folders
    .flatMap((folder) => listFiles(root, folder, '**/*.{ts,mjs}'))
    .filter((file) => !isTest(file) && !file.endsWith('/api.d.ts'))
  const sizes = sources.map((file) => ({ file, lines: countCodeLines(readFileSync(join(root, file), 'utf8')) }))
  for (const { file, lines } of sizes)
    if (lines > FILE_LIMIT) problems.push(`${file}: has ${lines} lines of code, over ${FILE_LIMIT}; split it`)

  const core = sizes.filter(({ file }) => file.startsWith('packages/core/src/lib/') && !file.includes('/testing/'))
  const total = core.reduce((sum, { lines }) => sum + lines, 0)
  if (total > CORE_LIMIT.codeLines)
    problems.push(
      `packages/core: has ${total} lines of code in src/lib, over ${CORE_LIMIT.codeLines}; what only one package needs belongs there`,
    )
  if (core.length > CORE_LIMIT.files)
    problems.push(`packages/core: has ${core.length} files in src/lib, over ${CORE_LIMIT.files}`)
  return problems
}

/** The package of a specifier: `@scope/name` or `name`, without the door. */
function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}
