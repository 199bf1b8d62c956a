import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countCodeLines, findCycles, referencesOf } from './lib/imports.ts'

test('referencesOf() sees every way to name a module, and none in text', () => {
  const source = `/// <reference types="a" />
import b from 'b'
import type { c } from 'c'
import 'd'
export * from 'e'
export { f } from 'f'
export type G = import('g').G
const h = await import('h')
const i = require('i')
const j = import(name)
// import 'no'
const text = "import 'no'"
import k = require('k')
declare module 'l' {}
`
  const found = referencesOf(source).map(({ kind, specifier, line }) => `${line} ${kind} ${specifier}`)
  expect(found.sort((x, y) => Number.parseInt(x, 10) - Number.parseInt(y, 10))).toEqual([
    '1 import a',
    '2 import b',
    '3 import c',
    '4 side effect d',
    '5 export * e',
    '6 export f',
    '7 import g',
    '8 import() h',
    '9 require() i',
    '10 import() undefined',
    '13 require() k',
    '14 import l',
  ])
})

test('countCodeLines() leaves comments and blank lines out', () => {
  const source = `/**
 * A docstring.
 */
export const a = 1 // code

// a comment
/* another */ const b = \`
text

\`
`
  expect(countCodeLines(source)).toBe(5)
})

/** Edges that only go up, so there is no way back. */
const anyAcyclic = fc
  .array(fc.tuple(fc.nat(9), fc.nat(9)), { maxLength: 30 })
  .map((pairs) => pairs.filter(([from, to]) => from < to))

function graphOf(edges: readonly (readonly [number, number])[]): Map<string, string[]> {
  const nodes = Array.from({ length: 10 }, (_, node) => node)
  return new Map(nodes.map((node) => [`${node}`, edges.filter(([from]) => from === node).map(([, to]) => `${to}`)]))
}

test('findCycles() finds none where there is no way back, and real ones where there is', () => {
  fc.assert(
    fc.property(anyAcyclic, fc.nat(), (edges, pick) => {
      expect(findCycles(graphOf(edges))).toEqual([])
      const edge = edges[pick % edges.length]
      if (edge === undefined) return
      const graph = graphOf([...edges, [edge[1], edge[0]]])
      const cycles = findCycles(graph)
      expect(cycles).not.toEqual([])
      for (const cycle of cycles) {
        expect(cycle.at(-1)).toBe(cycle[0])
        for (const [index, node] of cycle.slice(0, -1).entries()) expect(graph.get(node)).toContain(cycle[index + 1])
      }
    }),
    { numRuns: 300 * Number(process.env.SOAK ?? 1) },
  )
})

test('findCycles() finds one of every knot', () => {
  const graph = new Map([
    ['a', ['b', 'c']],
    ['b', ['d']],
    ['c', ['d']],
    ['d', []],
  ])
  expect(findCycles(graph)).toEqual([])
  expect(findCycles(new Map([...graph, ['d', ['d', 'b']]]))).toEqual([
    ['d', 'd'],
    ['b', 'd', 'b'],
  ])
})
