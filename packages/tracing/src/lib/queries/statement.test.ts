import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createStatements } from './statement.ts'

const ofPostgres = createStatements(2_048, true)
const ofOthers = createStatements(2_048, false)

test.each([
  ["SELECT * FROM users WHERE name = 'hunter2' AND age > 41", 'SELECT * FROM users WHERE name = ? AND age > ?'],
  ['SELECT * FROM tasks WHERE id IN ($1, $2)  -- hunter2', 'SELECT * FROM tasks WHERE id IN ($1, $2)'],
  ['/* user=hunter2 */ SELECT a1 FROM t2', 'SELECT a1 FROM t2'],
  ['SELECT $$hunter2$$, $x$hunter2 $$ $x$, $1', 'SELECT ?, $1'],
  ["SELECT 'it''s hunter2', 1", 'SELECT ?'],
  ["SELECT 'hunter2", 'SELECT ?'],
  ['SELECT /* hunter2', 'SELECT'],
  ['SELECT /* a /* b */ hunter2 */ 1', 'SELECT'],
  ["SELECT E'\\' hunter2', 'b'", 'SELECT ?'],
  ["SELECT '\\', 'hunter2'", 'SELECT ?'],
  ["SELECT x'68756e746572', N'hunter2'", 'SELECT ?'],
  ['INSERT INTO t VALUES (?, ?, ?), (?, ?, ?)', 'INSERT INTO t VALUES (?), (?)'],
  ['SELECT data #>> \'{hunter2}\' FROM "Big Table"', 'SELECT data #>> ? FROM "Big Table"'],
  ['SELECT 1e5, 0x1F, 1.5, .5, 7::int', 'SELECT ?::int'],
])('of PostgreSQL, %s', (text, clean) => {
  expect(ofPostgres(text).text).toBe(clean)
})

test.each([
  ['SELECT * FROM `t` WHERE a = "hunter2" # hunter2', 'SELECT * FROM `t` WHERE a = ?'],
  ['SELECT "a\\"hunter2", "b"', 'SELECT ?'],
])('of others, %s', (text, clean) => {
  expect(ofOthers(text).text).toBe(clean)
})

test.each([
  ['select * from tasks t join users u on true', 'SELECT tasks', 'SELECT'],
  ['insert into shop.orders values (1)', 'INSERT shop.orders', 'INSERT'],
  ['UPDATE ONLY tasks SET a = 1', 'UPDATE tasks', 'UPDATE'],
  ['CREATE TABLE IF NOT EXISTS a (b int)', 'CREATE a', 'CREATE'],
  ['  (SELECT 1)', 'SELECT', 'SELECT'],
  ['BEGIN', 'BEGIN', 'BEGIN'],
  ['', 'query', undefined],
  ['1', 'query', undefined],
])('%s is called by what it does', (text, summary, operation) => {
  expect(ofPostgres(text)).toMatchObject({ summary, operation })
})

test('what was described is remembered, for some texts of some length', () => {
  const statements = createStatements(10, true)
  const first = statements('SELECT a FROM b')
  expect(first.text).toBe('SELECT a F')
  expect(statements('SELECT a FROM b')).toBe(first)
  for (let n = 0; n < 600; n++) statements(`SELECT c${n}`)
  expect(statements('SELECT a FROM b')).toBe(first) // of the generation before, and so young again
  for (let n = 0; n < 1_600; n++) statements(`SELECT d${n}`)
  expect(statements('SELECT a FROM b')).not.toBe(first)
  const long = `SELECT '${'x'.repeat(20_000)}'`
  expect(statements(long)).not.toBe(statements(long))
  expect(statements(long).text).toBe('SELECT ?')
})

test('no text takes long, whatever it is made of', () => {
  const pieces = ["'", '"', '`', '$', '$a$', '\\', '/*', '*/', '--', '#', '\n', 'a', '1', '.', 'e', ' ', '?', ',']
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 40 }), (parts) => {
      const text = parts.join('')
      expect(ofPostgres(text).text.length).toBeLessThanOrEqual(2_048)
      expect(ofOthers(text).text.length).toBeLessThanOrEqual(2_048)
    }),
  )
  // Were one of them quadratic, the time limit of the test would not be enough.
  for (const piece of pieces)
    expect(ofOthers(piece.repeat(20_000 / piece.length)).text.length).toBeLessThanOrEqual(2_048)
})
