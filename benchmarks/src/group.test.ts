import { expect, test } from 'vitest'
import { addsLess, costsAtMost } from './claims.ts'
import { entriesOf, type Group, type Subject } from './group.ts'

const group: Group<Subject> = {
  id: 'group',
  title: 'Group',
  about: 'About.',
  floor: { name: 'floor' },
  ours: [{ name: 'ours' }, { name: 'ours too' }],
  peers: [{ name: 'peer' }],
  claims: [],
}

test('entriesOf() puts the floor first, and its twin and that of the first of ours last', () => {
  expect(entriesOf(group).map(({ name, role, twinOf }) => [name, role, twinOf])).toEqual([
    ['floor', 'floor', undefined],
    ['ours', 'ours', undefined],
    ['ours too', 'ours', undefined],
    ['peer', 'peer', undefined],
    ['floor, again', 'control', 'floor'],
    ['ours, again', 'control', 'ours'],
  ])
})

test('entriesOf() refuses two of one name', () => {
  expect(() => entriesOf({ ...group, peers: [{ name: 'ours' }] })).toThrow('names in group "group"')
})

test.each([
  costsAtMost('nobody', 1, 'ours', 'Why.'),
  costsAtMost('ours', 1, 'nobody', 'Why.'),
  addsLess('ours', 1, 'peer', 'nobody', 'Why.'),
])('entriesOf() refuses a claim about nobody', (claim) => {
  const claims = [claim]
  expect(() => entriesOf({ ...group, claims })).toThrow('"nobody"')
})
