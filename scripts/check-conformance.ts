import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { Gate, Verdict } from './lib/gate.ts'
import { findNode, NODES } from './lib/nodes.ts'
import { run } from './lib/run.ts'
import { readPackages } from './lib/workspace.ts'

/** A run takes about ten seconds of a processor. */
const TIMEOUT_MS = 180_000

/** What a Node gets wrong with or without us, by `protocol: case`. Said in docs/reference/core.md as well. */
const LIMITS: readonly {
  readonly node: RegExp
  readonly folder: RegExp
  readonly cases: string
  readonly why: string
}[] = [
  {
    node: /^20\./,
    folder: /./,
    cases: '^h2: battery',
    why: 'a client that destroys its session over TLS is not always noticed',
  },
  {
    node: /^20\.19\./,
    folder: /fastify$/,
    cases: '^h2c?: ',
    why: 'writeHead throws once an HTTP/2 stream is closed, which Fastify does not catch',
  },
]

/**
 * Runs the transport suite of every adapter on every Node that is promised, other than this one, on which `npm test` does.
 * Nodes differ in when and how they say that a request is over.
 */
export const conformance: Gate = {
  name: 'conformance',
  check: (root) =>
    checkConformance(
      root,
      NODES.filter((version) => version !== process.versions.node),
    ),
}

/**
 * The gate, on some Nodes only.
 *
 * @param root The workspace's folder.
 * @param versions Exact versions of Node.
 */
export async function checkConformance(root: string, versions: readonly string[]): Promise<Verdict> {
  const problems: string[] = []
  const notes: string[] = []
  for (const { folder } of readPackages(root)) {
    if (!existsSync(join(root, folder, 'test/transport.ts'))) continue
    const bundle = await bundleSuite(root, folder)
    for (const version of versions) {
      const node = await findNode(version)
      if ('missing' in node) {
        notes.push(`SKIPPED Node ${version}: ${node.missing}`)
        continue
      }
      const limits = LIMITS.filter((limit) => limit.node.test(version) && limit.folder.test(folder))
      for (const { cases, why } of limits) notes.push(`${folder} on ${version}: left out ${cases}, as ${why}`)
      const skip = limits.map(({ cases }) => cases).join('|')
      const { ok, output } = await run(node.path, [bundle, skip], { timeoutMs: TIMEOUT_MS })
      if (ok) notes.push(`${folder} on ${version}: ${output.split('\n').at(-1)}`)
      else problems.push(`${folder} on Node ${version}:\n${output}`)
    }
    rmSync(bundle)
  }
  return { problems, notes }
}

/** Older Nodes run no TypeScript. What is not ours stays outside, and is found from the package's own folder. */
async function bundleSuite(root: string, folder: string): Promise<string> {
  const outfile = join(root, folder, 'node_modules/.cache/conformance.mjs')
  await build({
    entryPoints: [join(root, 'scripts/smoke/conformance.mjs')],
    alias: {
      'transport-under-test': join(root, folder, 'test/transport.ts'),
      '@breakwater/testing/transport': join(root, 'testing/src/transport.ts'),
    },
    external: ['fastify'],
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    outfile,
    logLevel: 'silent',
  })
  return outfile
}
