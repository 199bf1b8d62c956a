#!/usr/bin/env node
// Sets this workspace up, then runs a command in it, on a machine that may have no more than
// Node (any since 18) and npm. Every script in package.json comes through here.
//
//   node scripts/run.mjs <command> [arguments]
//
// Where this Node is too old for the tools, the Node named under "toolchain" in package.json is
// taken from npm's registry (node-<os>-<cpu>: the official build, without install scripts), and so
// is pnpm. Both go into npm's own cache; nothing is installed globally. Under pnpm (`pnpm test`)
// the pnpm that runs is used.
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const { toolchain } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const windows = process.platform === 'win32'

function say(line) {
  process.stderr.write(`[run] ${line}\n`)
}

function fail(line, code = 1) {
  say(line)
  process.exit(code)
}

/** What tsup 9, changesets 3 and vitest 5 ask for, and what runs TypeScript without a build. */
function isNewEnough(version) {
  const [major, minor] = version.slice(1).split('.').map(Number)
  return (major === 22 && minor >= 18) || (major === 24 && minor >= 11) || major >= 26
}

/** A PATH with a fitting `node`, the pinned `pnpm` and this workspace's binaries in front. */
function toolPath() {
  const packages = []
  if (!isNewEnough(process.version)) {
    const build = { linux: `node-linux-${process.arch}`, win32: `node-win-${process.arch}` }[process.platform] ?? 'node'
    packages.push(`${build}@${toolchain.node}`)
  }
  const runsUnderPnpm = /^pnpm\/(1[1-9]|[2-9]\d)\./.test(process.env.npm_config_user_agent ?? '')
  if (!runsUnderPnpm) packages.push(`pnpm@${toolchain.pnpm}`)

  const path = [join(root, 'node_modules', '.bin'), process.env.PATH]
  if (packages.length > 0) {
    say(`Node here is ${process.version}; getting ${packages.join(' and ')} from npm's cache or registry`)
    const print = 'process.stdout.write(process.env.PATH)'
    const args = [
      '--yes',
      '--loglevel=error',
      ...packages.map((name) => `--package=${name}`),
      '--',
      'node',
      '-e',
      print,
    ]
    const npx = spawnSync(windows ? 'npx.cmd' : 'npx', windows ? args.map((arg) => `"${arg}"`) : args, {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      shell: windows,
    })
    if (npx.status !== 0)
      fail(`npx could not get them; with a newer Node and pnpm ${toolchain.pnpm} of your own, run pnpm`)
    // The first entry is npx's folder for just these packages.
    path.unshift(npx.stdout.split(delimiter)[0])
  }
  return path.join(delimiter)
}

const [command, ...args] = process.argv.slice(2)
if (command === undefined) fail('no command given: node scripts/run.mjs <command> [arguments]', 2)

const env = { ...process.env, PATH: toolPath() }
// npm hands its settings down in the environment, and pnpm would take some of them for its own.
for (const name of Object.keys(env)) if (/^npm_/i.test(name)) delete env[name]

// Its output goes to stderr, so that a command's own stdout can be piped.
const install = spawnSync('pnpm', ['install'], { cwd: root, env, stdio: ['ignore', 2, 2], shell: windows })
if (install.status !== 0) fail('pnpm install failed (see above)')

say([command, ...args].join(' '))
// In a group of its own, so that a signal to ours (a terminal's Ctrl-C, or `kill` of a whole group) reaches it once,
// through us: many programs take a second signal as "now". A group that is not the terminal's may not read from it.
const child = spawn(command, args, {
  cwd: root,
  env,
  stdio: [windows ? 'inherit' : 'ignore', 'inherit', 'inherit'],
  shell: windows,
  detached: !windows,
})

let isTold = windows
function tell(signal) {
  isTold = true
  child.kill(signal)
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => windows || tell(signal))
// npm ends on SIGTERM without passing it on, which shows as a new parent.
const parent = process.ppid
setInterval(() => {
  if (process.ppid !== parent && !isTold) tell('SIGTERM')
}, 250).unref()

child.on('error', (error) => fail(String(error)))
child.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code))
