// Runs where the packed packages are installed, on whatever Node runs it:
//
//   node main.mjs '[{ "room": "core", "doors": ["@breakwater/core", "@breakwater/core/testing"] }, …]'
//
// Loads each door by import and by require, and has each package do what it is for, once by either way. Plain
// JavaScript, as the oldest Node runs it.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const packages = JSON.parse(process.argv[2])
const ways = {
  import: (specifier) => import(specifier),
  require: async (specifier) => {
    // A Node that can require ES modules would hide that there is no CommonJS.
    assert.match(require.resolve(specifier), /\.cjs$/)
    return require(specifier)
  },
}

/** Every door by either way: `loaded.require['@breakwater/core']`. */
const loaded = { import: {}, require: {} }
let failures = 0

async function attempt(what, run) {
  try {
    await run()
  } catch (error) {
    failures++
    console.log(`${what}: ${error instanceof Error ? error.stack : error}`)
  }
}

for (const { doors } of packages) {
  for (const door of doors) {
    for (const [way, load] of Object.entries(ways))
      await attempt(`${door} by ${way}`, async () => {
        loaded[way][door] = await load(door)
      })
    await attempt(door, () => assert.deepEqual(namesOf(loaded.require[door]), namesOf(loaded.import[door])))
  }
}

for (const { room } of packages) {
  const { smoke } = await import(`./${room}.mjs`)
  for (const way of Object.keys(ways)) await attempt(`${room} by ${way}`, () => smoke(loaded[way]))
}
const { interop } = await import('./interop.mjs')
await attempt('both copies in one process', () => interop(loaded))

process.exit(failures === 0 ? 0 : 1)

function namesOf(module) {
  return Object.keys(module ?? {})
    .filter((name) => !['default', 'module.exports', '__esModule'].includes(name))
    .sort()
}
