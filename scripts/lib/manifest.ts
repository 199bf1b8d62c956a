import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { allowedIn, floorOf } from './rooms.ts'
import { type Door, type Package, readManifest, SCOPE } from './workspace.ts'

/** What is wrong with a package's package.json, and with the one sentence that it shares with two other files. */
export function manifestProblems(root: string, pkg: Package, privateNames: readonly string[]): readonly string[] {
  const { folder, manifest } = pkg
  const problems = [
    ...fieldProblems(root, pkg),
    ...dependencyProblems(pkg, privateNames),
    ...sentenceProblems(root, pkg),
  ]
  for (const { key, source, stem } of pkg.doors)
    if (source !== `src/${stem}.ts`) problems.push(`exports["${key}"] is not ./src/${stem}.ts`)
    else if (!existsSync(join(root, folder, source)))
      problems.push(`exports["${key}"] names ${source}, which is missing`)
  for (const [key, wanted] of Object.entries(publishedFields(pkg.doors)))
    if (!isDeepStrictEqual(manifest.publishConfig?.[key], wanted))
      problems.push(`publishConfig.${key} does not mirror exports; it should be ${JSON.stringify(wanted)}`)
  return problems.map(
    (problem) =>
      `${folder}/${problem.startsWith('src/') || problem.startsWith('README') ? '' : 'package.json: '}${problem}`,
  )
}

/** How the doors look in the tarball: both module systems, each with types of its own. */
function publishedFields(doors: readonly Door[]): Readonly<Record<string, unknown>> {
  const entries = doors.map(({ key, stem }) => [
    key,
    {
      import: { types: `./dist/${stem}.d.ts`, default: `./dist/${stem}.js` },
      require: { types: `./dist/${stem}.d.cts`, default: `./dist/${stem}.cjs` },
    },
  ])
  // Type checkers that know no exports find the main door by `types`, and others only by this.
  const others = doors.filter(({ key }) => key !== '.').map(({ stem }) => [stem, [`./dist/${stem}.d.cts`]])
  return {
    access: 'public',
    main: './dist/index.cjs',
    module: './dist/index.js',
    types: './dist/index.d.cts',
    typesVersions: others.length > 0 ? { '*': Object.fromEntries(others) } : undefined,
    exports: { ...Object.fromEntries(entries), './package.json': './package.json' },
  }
}

function fieldProblems(root: string, { room, folder, manifest }: Package): readonly string[] {
  const { name, private: isPrivate, license, repository, engines } = manifest
  const workspace = readManifest(root)
  const problems: string[] = []
  if (name !== `${SCOPE}/${room}`) problems.push(`name is not ${SCOPE}/${room}`)
  if (isPrivate) problems.push('is private, but everything in packages/ is published')
  if (license !== workspace.license) problems.push(`license is not ${workspace.license}`)
  if (repository?.directory !== folder) problems.push(`repository.directory is not ${folder}`)
  if (engines?.node !== workspace.engines?.node) problems.push(`engines.node is not ${workspace.engines?.node}`)
  return problems
}

function dependencyProblems({ room, manifest }: Package, privateNames: readonly string[]): readonly string[] {
  const problems: string[] = []
  const { dependencies, peerDependencies, optionalDependencies } = manifest
  for (const [name, range] of Object.entries({ ...optionalDependencies, ...peerDependencies, ...dependencies })) {
    if (privateNames.includes(name)) problems.push(`depends on ${name}, which is private and never published`)
    else if (name.startsWith(`${SCOPE}/`)) {
      if (floorOf(name.slice(SCOPE.length + 1)) >= floorOf(room))
        problems.push(`depends on ${name}, which is not on a lower floor`)
      if (range !== 'workspace:^' || dependencies?.[name] === undefined)
        problems.push(`${name} is not in dependencies as workspace:^`)
    } else if (!allowedIn(room).includes(name)) problems.push(`depends on ${name}, which ${room} may not carry`)
  }
  return problems
}

/** The description, the first paragraph of the README and the first of `src/index.ts` are the same one sentence. */
function sentenceProblems(root: string, { room, folder, manifest, doors }: Package): readonly string[] {
  const problems: string[] = []
  const sentence = manifest.description ?? ''
  if (!/^[A-Z].*\.$/.test(sentence)) problems.push('description is not one sentence')
  const readme = read(root, folder, 'README.md')
  if (readme !== undefined) {
    const [title, first] = readme.split(/\n\s*\n/).map((paragraph) => paragraph.trim())
    if (title !== `# ${room}`) problems.push(`README.md: does not begin with "# ${room}"`)
    if (onOneLine(first) !== sentence) problems.push(`README.md: its first paragraph is not "${sentence}"`)
  }
  for (const { source } of doors) {
    const door = read(root, folder, source)
    if (door === undefined) continue
    const comment = /^\/\*\*(.*?)\*\//s.exec(door)?.[1]?.replace(/^\s*\* ?/gm, '') ?? ''
    if (!/^@module$/m.test(comment))
      problems.push(`${source}: does not begin with a comment that says what it is for, and @module`)
    else if (source === 'src/index.ts' && onOneLine(comment.split(/\n\s*\n/, 1)[0]) !== sentence)
      problems.push(`${source}: its @module comment does not begin with "${sentence}"`)
  }
  return problems
}

function onOneLine(text: string | undefined): string {
  return (text ?? '').replace(/\s+/g, ' ').trim()
}

function read(root: string, folder: string, file: string): string | undefined {
  const path = join(root, folder, file)
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}
