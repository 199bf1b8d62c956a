import { findNode, NODES } from './lib/nodes.ts'

// Says where the newest Node of a line is, for tests that run something on it:
//
//   node scripts/find-node.ts 20

const [major = ''] = process.argv.slice(2)
const version = NODES.findLast((known) => known.startsWith(`${major}.`))
if (version === undefined) {
  console.error(`find-node: Expected a line of Node, one of ${NODES.join(', ')}, got "${major}"`)
  process.exit(2)
}
const found = await findNode(version)
if ('missing' in found) {
  console.error(`find-node: ${found.missing}`)
  process.exit(1)
}
console.log(found.path)
