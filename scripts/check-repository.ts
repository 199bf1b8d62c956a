import { existsSync, readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, sep } from 'node:path'
import { changesetProblems } from './lib/changesets.ts'
import type { Gate } from './lib/gate.ts'
import { run } from './lib/run.ts'
import { listFiles } from './lib/workspace.ts'

/** Files larger than this are data, and are not read. */
const MOST_BYTES = 2 ** 20

/** What no committed text may hold, and how it is said. Each is looked for line by line. */
const FORBIDDEN: readonly { readonly pattern: RegExp; readonly what: string }[] = [
  { pattern: /^(<{7}|>{7}) /, what: 'has a merge conflict' },
  {
    pattern: /(^|[\s"'`(=:])\/(root|home\/[a-z]|Users\/[A-Za-z])[\w.-]*\//,
    what: "names a folder of somebody's machine",
  },
  { pattern: /\b[A-Z]:\\Users\\/, what: "names a folder of somebody's machine" },
  { pattern: /\bnpm_[A-Za-z0-9]{36}\b/, what: 'holds an npm token' },
]

/** What is committed says nothing of the machine it was written on, and every changeset can be released. */
export const repository: Gate = {
  name: 'repository',
  async check(root) {
    const files = await committable(root)
    const problems = files.flatMap((file) => textProblems(root, file))
    return {
      problems: [...problems, ...lockfileProblems(root), ...changesetProblems(root)],
      notes: [`${files.length} files`],
    }
  },
}

/** What is no part of the repository, where there is no git to ask. */
const IGNORED = /^(\.git|\.cache|\.data|coverage|docs\/api)\/|(^|\/)(node_modules|dist)\//

/** Everything that git has or would take. */
async function committable(root: string): Promise<readonly string[]> {
  // Also where the folder belongs to somebody else, as in a container.
  const args = ['-c', 'safe.directory=*', 'ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const { ok, stdout } = await run('git', args, { cwd: root })
  const files = ok ? stdout.split('\0') : listFiles(root, '.', '**/*').filter((file) => !IGNORED.test(file))
  return files.filter((file) => file !== '' && existsSync(join(root, file)) && statSync(join(root, file)).isFile())
}

function textProblems(root: string, file: string): readonly string[] {
  const path = join(root, file)
  if (statSync(path).size > MOST_BYTES) return []
  const text = readFileSync(path, 'utf8')
  if (text.includes('\0')) return []
  // Of two parts at least: a checkout in /src is nothing to look for.
  const own = [root, homedir()].filter((folder) => folder.split(sep).length > 2)
  return text.split('\n').flatMap((line, index) => {
    const what = own.some((name) => line.includes(name))
      ? 'names this machine'
      : FORBIDDEN.find(({ pattern }) => pattern.test(line))?.what
    return what === undefined ? [] : [`${file}:${index + 1}: ${what}`]
  })
}

/** Where a package is downloaded from is everybody's own choice. */
function lockfileProblems(root: string): readonly string[] {
  const path = join(root, 'pnpm-lock.yaml')
  if (!existsSync(path)) return ['pnpm-lock.yaml is missing']
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line, index) =>
      /\b(tarball|registry): *['"]?https?:/.test(line) ? [`pnpm-lock.yaml:${index + 1}: names a registry`] : [],
    )
}
