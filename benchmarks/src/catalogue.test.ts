import { expect, test } from 'vitest'
import { catalogue, importGroup, inOrder, select } from './catalogue.ts'

const names = (selection: readonly { readonly name: string; readonly groupId?: string | undefined }[]) =>
  selection.map(({ name, groupId }) => (groupId === undefined ? name : `${name}/${groupId}`))

test('select() takes everything, small things first, when nothing is named', async () => {
  expect(names(await select([]))).toEqual(names(catalogue()))
  expect(names(catalogue())).toEqual(expect.arrayContaining(['micro/core', 'load/hooks']))
})

test('inOrder() puts what is small first, then goes by the alphabet', () => {
  const sorted = ['load/hooks', 'micro/core', 'load/a', 'micro/cache'].sort(inOrder)
  expect(sorted).toEqual(['micro/cache', 'micro/core', 'load/a', 'load/hooks'])
})

test.each(['micro/core', 'core'])('select() finds %s', async (name) => {
  expect(names(await select([name]))).toEqual(['micro/core'])
})

test('select() finds all of a kind', async () => {
  expect(names(await select(['load']))).toEqual(names(catalogue()).filter((name) => name.startsWith('load/')))
})

test('importGroup() tells groups of figures from others', async () => {
  const file = catalogue().find(({ name }) => name === 'micro/resilience')?.file ?? ''
  expect((await importGroup(file, 'outage')).kind).toBe('figures')
  expect((await importGroup(file, 'refused')).kind).toBe('micro')
})

test.each(['core/refusal', 'micro/core/refusal', 'micro/resilience/outage'])(
  'select() finds the group %s',
  async (name) => {
    expect(names(await select([name]))).toEqual([name.startsWith('micro/') ? name : `micro/${name}`])
  },
)

test('select() names what it cannot find, and what there is', async () => {
  await expect(select(['nothing'])).rejects.toThrow(/Cannot find a bench "nothing": there are .*micro\/core/)
})

test('importGroup() names the group that is not there', async () => {
  const file = catalogue()[0]?.file ?? ''
  await expect(importGroup(file, 'nothing')).rejects.toThrow('Cannot find group "nothing"')
})
