import { type Edit, importMutated } from '@breakwater/testing/mutants'
import { expect, test } from 'vitest'
import { PLAIN_TEXTS } from './plain-texts.ts'
import type { createRedactor } from './redactor.ts'
import { TEXT_VECTORS, unmark } from './text-vectors.ts'
import { PLAIN_NAMES, SECRET_NAMES } from './vectors.ts'

const SOURCE = "export { createRedactor } from './redactor.ts'"

/** Each makes a detector or a rule weaker, or takes one away. */
const MUTANTS: readonly (readonly [what: string, edit: Edit])[] = [
  ['no private keys', { file: 'detectors.ts', from: '[privateKeys, ', to: '[' }],
  ['no locations', { file: 'detectors.ts', from: ' locations,', to: '' }],
  [
    'no locations within locations',
    { file: 'detectors.ts', from: 'encodedLocations, cardNumbers]', to: 'cardNumbers]' },
  ],
  ['no cards', { file: 'detectors.ts', from: ', cardNumbers]', to: ']' }],
  ['no bearer', { file: 'detectors.ts', from: '[bearer, ', to: '[' }],
  ['no basic', { file: 'detectors.ts', from: '[bearer, basic, json', to: '[bearer, json' }],
  ['no tokens', { file: 'detectors.ts', from: ', jsonWebTokens]', to: ']' }],
  ['no names', { file: 'redactor.ts', from: 'createNamedValues(names), ', to: '' }],
  [
    'keys without an end stay',
    { file: 'private-keys.ts', from: 'END.lastIndex : text.length', to: 'END.lastIndex : begin.index + 30' },
  ],
  ['keys of PGP stay', { file: 'trigger.ts', from: '?BEGIN/', to: '?BEGIN PRIVATE/' }],
  ['any number is a card', { file: 'card-numbers.ts', from: ' && passesLuhn(digits)', to: '' }],
  ['any network is one', { file: 'card-numbers.ts', from: 'CARDS.test(digits) && ', to: '' }],
  [
    'cards have no groups',
    { file: 'card-numbers.ts', from: 'groups.length === 1 || SHAPES', to: 'groups.length === 1 && SHAPES' },
  ],
  ['ids are cards', { file: 'card-numbers.ts', from: 'return !isWordAt(text, offset - 1) ||', to: 'return true ||' }],
  [
    'decimals are cards',
    {
      file: 'card-numbers.ts',
      from: 'if (before === 0x2e) return !isDigit',
      to: 'if (before === 0x2e) return isDigit',
    },
  ],
  ['no doubling in Luhn', { file: 'luhn.ts', from: 'doubled = !doubled', to: 'doubled = false' }],
  ['prose is a bearer token', { file: 'schemes.ts', from: '!isProse(token) || isAlone(text, start, end)', to: 'true' }],
  [
    'lone words are no bearer tokens',
    { file: 'schemes.ts', from: '!isProse(token) || isAlone(text, start, end)', to: '!isProse(token)' },
  ],
  ['any word is basic', { file: 'schemes.ts', from: "decoded.includes(':') && ", to: '' }],
  [
    'control characters are basic',
    { file: 'schemes.ts', from: "return decoded.includes(':') && ", to: "return decoded.includes(':') || " },
  ],
  ['encrypted tokens stay', { file: 'json-web-tokens.ts', from: 'MOST_PARTS = 5', to: 'MOST_PARTS = 3' }],
  ['short tokens count', { file: 'json-web-tokens.ts', from: 'SHORTEST_HEADER = 12', to: 'SHORTEST_HEADER = 3' }],
  ['a header is a token', { file: 'json-web-tokens.ts', from: 'end > header + 1', to: 'true' }],
  ['users stay without password', { file: 'locations.ts', from: 'HARMLESS.test(scheme) && ', to: '' }],
  ['users of ssh are secrets', { file: 'locations.ts', from: '(?:ssh|sftp|git)$', to: '(?:sftp|gut)$' }],
  ['files have users', { file: 'locations.ts', from: 'file|docker', to: 'fail|dacker' }],
  ['ports are passwords', { file: 'locations.ts', from: String.raw`|| /^\d{1,5}$/.test(port)`, to: '' }],
  [
    'passwords have no slash',
    { file: 'locations.ts', from: 'return last === -1 ? -1 : start + last', to: 'return -1' },
  ],
  ['the first at counts', { file: 'locations.ts', from: "authority.lastIndexOf('@')", to: "authority.indexOf('@')" }],
  ['escaped quotes end', { file: 'scan.ts', from: 'const rest = before % period', to: 'const rest = 0' }],
  ['backslashes never end', { file: 'scan.ts', from: 'const rest = before % period', to: 'const rest = before' }],
  ['brackets are not balanced', { file: 'scan.ts', from: 'if (--depth === 0)', to: 'if (--depth >= 0)' }],
  [
    'strings have no brackets',
    { file: 'scan.ts', from: '(isJson ? char === 0x22 : isQuote(char))', to: '(char === 1)' },
  ],
  [
    'quotes that close open',
    {
      file: 'values.ts',
      from: "place.quote === '' && matchesAt(CLOSES",
      to: "place.quote === 'x' && matchesAt(CLOSES",
    },
  ],
  [
    'only the first line',
    { file: 'values.ts', from: 'while (matchesAt(CONTINUES', to: 'while (false && matchesAt(CONTINUES' },
  ],
  ['redacted twice', { file: 'values.ts', from: '  if (matchesAt(DONE, text, start)) {', to: '  if (false) {' }],
  ['null is a secret', { file: 'values.ts', from: 'if (matchesAt(NOTHING, text, start)) return undefined', to: '' }],
  ['cookies are a word', { file: 'values.ts', from: "place.kind === 'line'", to: "place.kind === 'query'" }],
  ['no schemes', { file: 'values.ts', from: 'if (matchesAt(SCHEME, text, start)) return', to: 'if (false) return' }],
  [
    'one parameter',
    {
      file: 'values.ts',
      from: 'next = end) end = Math.max(end, PARAMETER.lastIndex)',
      to: 'next = text.length) end = Math.max(end, PARAMETER.lastIndex)',
    },
  ],
  ['one word of authorization', { file: 'values.ts', from: "kind === 'authorization' &&", to: "kind === 'query' &&" }],
  [
    'one group of digits',
    {
      file: 'values.ts',
      from: "kind !== 'query' && matchesAt(DIGIT_GROUPS",
      to: "kind === 'query' && matchesAt(DIGIT_GROUPS",
    },
  ],
  ['brackets are words', { file: 'values.ts', from: 'if (matchesAt(BRACKET, text, start))', to: 'if (false)' }],
  ['bytes are words', { file: 'values.ts', from: 'if (matchesAt(BINARY, text, start))', to: 'if (false)' }],
  ['queries go on', { file: 'values.ts', from: 'if (isQuery && (', to: 'if (false && (' }],
  [
    'words end at spaces only',
    { file: 'values.ts', from: 'isSpecial(char) && matchesAt(WORD_END', to: 'false && matchesAt(WORD_END' },
  ],
  [
    'words end at any mark',
    { file: 'values.ts', from: 'isSpecial(char) && matchesAt(WORD_END, text, index)', to: 'isSpecial(char)' },
  ],
  ['no trailing marks', { file: 'values.ts', from: "TRAILING = ',;.)]}>:'", to: "TRAILING = ''" }],
  [
    'numbers make no JSON',
    { file: 'values.ts', from: '{ quote }: Place): Value {', to: "{}: Place, quote = ''): Value {" },
  ],
  [
    'stack traces have secrets',
    { file: 'named-values.ts', from: "FILE.test(found.name) && quote === ''", to: 'false' },
  ],
  [
    'queries have no names of their own',
    {
      file: 'named-values.ts',
      from: 'isQuery\n    ? names.hidesInQuery(name)',
      to: 'isQuery\n    ? names.hides(name)',
    },
  ],
  ['names are not decoded', { file: 'named-values.ts', from: 'return decodeURIComponent(name)', to: 'return name' }],
  ['names of one word', { file: 'named-values.ts', from: ' || hidesWithWordBefore(text, found, from, names)', to: '' }],
  [
    'names of words before',
    { file: 'named-values.ts', from: 'matchesAt(FURTHER_WORDS, text, end) && ', to: 'false && ' },
  ],
  ['escapes are parts of names', { file: 'named-values.ts', from: ' || hidesAfterEscape(text, found, names)', to: '' }],
  ['no escaped ampersands', { file: 'named-values.ts', from: '? 5 : 0', to: '? 0 : 0' }],
  ['no ampersands of HTML', { file: 'named-values.ts', from: "if (before === ';')", to: "if (before === '~')" }],
  ['no queries in queries', { file: 'named-values.ts', from: 'encodedValueAt(text, stem, from, names) ?? ', to: '' }],
  ['no raw headers', { file: 'named-values.ts', from: 'headerAt(text, found, names) ??', to: '' }],
  ['no pairs', { file: 'named-values.ts', from: 'pairAt(text, found, names) ??', to: '' }],
  ['no parts of forms', { file: 'named-values.ts', from: 'partAt(text, found, names) ??', to: '' }],
  ['no elements', { file: 'named-values.ts', from: 'elementAt(text, found, names) ?? ', to: '' }],
  ['no CDATA', { file: 'markup.ts', from: 'if (text.startsWith(CDATA, first))', to: 'if (false)' }],
  ['flags are no flags', { file: 'markup.ts', from: "!name.startsWith('-') ||", to: "!name.startsWith('+') ||" }],
  [
    'what is said about secrets is one',
    { file: 'names.ts', from: '!saysAbout(words, starts[index] ?? 0, index, end)', to: 'true' },
  ],
  ['counts of tokens are secrets', { file: 'names.ts', from: '/tokens$/.test(word) && ', to: 'false && ' }],
  ['pins are everywhere', { file: 'names.ts', from: 'starts[index] === index && next === undefined', to: 'true' }],
  [
    'no pairs of words',
    { file: 'names.ts', from: 'next !== undefined && vocabulary.PAIRS', to: 'next === "" && vocabulary.PAIRS' },
  ],
  [
    'anything follows tokens',
    { file: 'names.ts', from: 'words.slice(index + 1).every(', to: 'words.slice(index + 1).concat("id").some(' },
  ],
  [
    'passes are everywhere',
    {
      file: 'names.ts',
      from: 'return next === undefined ? index + 1 : -1\n  if (!voc',
      to: 'return index + 1\n  if (!voc',
    },
  ],
  ['no camel case', { file: 'words.ts', from: String.raw`\p{Lu}?[\p{Ll}`, to: String.raw`[\p{Lu}\p{Ll}` }],
]

test('the vectors fit the sources as they are', async () => {
  expect(failuresOf(await load())).toEqual([])
})

test.each(MUTANTS)('the vectors find that %s', async (_, edit) => {
  expect(failuresOf(await load(edit)).length).toBeGreaterThan(0)
})

async function load(...edits: Edit[]): Promise<typeof createRedactor> {
  const module = await importMutated<{ createRedactor: typeof createRedactor }>(import.meta.dirname, SOURCE, edits)
  return module.createRedactor
}

function failuresOf(create: typeof createRedactor): string[] {
  const { text, hides } = create()
  return [
    ...SECRET_NAMES.filter((name) => !hides(name)),
    ...PLAIN_NAMES.filter(hides),
    ...PLAIN_TEXTS.filter((plain) => text(plain) !== plain),
    ...TEXT_VECTORS.filter(([, marked]) => {
      const { text: original, becomes } = unmark(marked)
      return text(original) !== becomes || text(becomes) !== becomes
    }).map(([what]) => what),
  ]
}
