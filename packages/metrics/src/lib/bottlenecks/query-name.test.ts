import { expect, test } from 'vitest'
import { QueryNames, toQueryName } from './query-name.ts'

test.for([
  ['select * from tasks where id = 42', 'select * from tasks where id = ?'],
  ["select * from tasks where owner = 'ann' and done = true", 'select * from tasks where owner = ? and done = true'],
  ["insert into t (a, b) values (1, 'it''s')", 'insert into t (a, b) values (…)'],
  ['insert into t values ($1, $2), ($3, $4)', 'insert into t values (…)'],
  ['select * from t where id in (1, 2, 3)', 'select * from t where id in (…)'],
  ['select * from t where id in ($1,$2)', 'select * from t where id in (…)'],
  ['select * from t where id = $1 and b = :name', 'select * from t where id = $1 and b = :name'],
  ['select *\n  from   t\n\twhere a = -1.5e3', 'select * from t where a = ?'],
  ['select a1, t2.b3 from t2', 'select a1, t2.b3 from t2'],
  ['select $$secret$$, $tag$more$tag$ from t', 'select … from t'],
  ['select 1 -- of user 7\nfrom t', 'select ? from t'],
  ['/* trace 0af7 */ select "id" from "tasks"', 'select "id" from "tasks"'],
  ['select * from "a" join "b" on "a"."id" = "b"."a"', 'select * from "a" join "b" on "a"."id" = ?."a"'],
  ['select * from `t2` where a = "bob"', 'select * from `t2` where a = ?'],
  ['select 0xdeadbeef, x::int from t', 'select ?, x::int from t'],
  ["select 'never closed", 'select ?'],
  ["select E'it\\'s', 'secret' from t", 'select E?'],
  ["select 'C:\\', 'secret' from t", 'select ?'],
] as const)('toQueryName() makes of %j', ([text, name]) => {
  expect(toQueryName(text)).toBe(name)
})

test('toQueryName() takes no time for texts that are made to take it', () => {
  for (const part of [
    "'",
    '$',
    '$a$',
    '"',
    '`',
    '/*',
    '--',
    '-',
    '1',
    '(',
    '?,',
    '$1,',
    ' ',
    "''",
    '\\',
    "'\\",
    '(…),',
  ])
    expect(toQueryName(part.repeat(100_000)).length).toBeLessThan(2_001)
})

test('nameOf() gives one name to queries that differ in values, however many there are', () => {
  const names = new QueryNames()
  const seen = new Set(Array.from({ length: 5_000 }, (_, id) => names.nameOf(`select * from t where id = ${id}`)))
  expect([...seen]).toEqual(['select * from t where id = ?'])
  expect(names.nameOf('select * from t where id = 1')).toBe('select * from t where id = ?')
})
