import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readPackages } from './workspace.ts'

/** Names of the files that wait for a release. */
export function waitingChangesets(root: string): readonly string[] {
  const folder = join(root, '.changeset')
  if (!existsSync(folder)) return []
  return readdirSync(folder).filter((file) => file.endsWith('.md') && file !== 'README.md')
}

/**
 * What is wrong with the changesets that wait for a release.
 *
 * @param root The workspace's folder.
 */
export function changesetProblems(root: string): readonly string[] {
  const names = readPackages(root).map(({ manifest }) => manifest.name)
  const missing = existsSync(join(root, '.changeset', 'config.json')) ? [] : ['.changeset/config.json is missing']
  const wrong = waitingChangesets(root).flatMap((file) => {
    const text = readFileSync(join(root, '.changeset', file), 'utf8')
    return problemsOf(text, names).map((problem) => `.changeset/${file}: ${problem}`)
  })
  return [...missing, ...wrong]
}

/** `---`, a line for each package, `---`, and what its users are told. */
function problemsOf(text: string, names: readonly string[]): readonly string[] {
  const [, head, summary] = /^---\n(.*?)\n---\n(.*)$/s.exec(text) ?? []
  if (head === undefined || summary === undefined)
    return ['does not begin with the packages it is about, between two lines of ---']
  const problems = head.split('\n').flatMap((line) => {
    const [, name = '', bump = ''] = /^['"]?([^'"]+)['"]?: (\w+)$/.exec(line) ?? []
    if (!names.includes(name)) return [`"${line}" names no published package`]
    return ['major', 'minor', 'patch'].includes(bump) ? [] : [`"${bump}" is not major, minor or patch`]
  })
  return summary.trim() === '' ? [...problems, 'does not say what changed'] : problems
}
