import type { InvalidPart } from '../../src/http/validation.ts'

/** Bodies that no task can be created from, and what is to be said of each. */
export const WRONG_BODIES: readonly (readonly [what: string, body: unknown, errors: readonly InvalidPart[]])[] = [
  ['nothing in it', {}, [{ pointer: '/title', detail: 'is missing' }]],
  ['an empty title', { title: '' }, [{ pointer: '/title', detail: 'must have at least 1 character' }]],
  ['a title of spaces', { title: ' \t ' }, [{ pointer: '/title', detail: 'must have at least 1 character' }]],
  ['a long title', { title: 'x'.repeat(201) }, [{ pointer: '/title', detail: 'must have at most 200 characters' }]],
  ['a title of two lines', { title: 'a\nb' }, [{ pointer: '/title', detail: 'must be one line of well-formed text' }]],
  [
    'a title with half a character',
    { title: 'a\ud800' },
    [{ pointer: '/title', detail: 'must be one line of well-formed text' }],
  ],
  ['a title that is no text', { title: 1 }, [{ pointer: '/title', detail: 'must be string' }]],
  [
    'NUL in it',
    { title: 'a', description: 'a\0' },
    [{ pointer: '/description', detail: 'must be well-formed text without NUL' }],
  ],
  [
    'a long description',
    { title: 'a', description: 'x'.repeat(10_001) },
    [{ pointer: '/description', detail: 'must have at most 10000 characters' }],
  ],
  [
    'an unknown status',
    { title: 'a', status: 'Open' },
    [{ pointer: '/status', detail: 'must be one of open, in-progress, done' }],
  ],
  [
    'an unknown priority',
    { title: 'a', priority: null },
    [{ pointer: '/priority', detail: 'must be one of low, normal, high' }],
  ],
  [
    'a board that cannot be',
    { title: 'a', board: 'Main' },
    [{ pointer: '/board', detail: 'must be 1 to 64 of a-z, 0-9 and -, without - at either end' }],
  ],
  [
    'unknown properties',
    { title: 'a', 'a/b': 1, version: 3 },
    [
      { pointer: '/a~1b', detail: 'is not known here' },
      { pointer: '/version', detail: 'is not known here' },
    ],
  ],
  [
    'several mistakes',
    { status: 1, x: 1 },
    [
      { pointer: '/title', detail: 'is missing' },
      { pointer: '/x', detail: 'is not known here' },
      { pointer: '/status', detail: 'must be one of open, in-progress, done' },
    ],
  ],
  ['a list', [], [{ pointer: '', detail: 'must be object' }]],
  ['null', null, [{ pointer: '', detail: 'must be object' }]],
  ['text', '"title"', [{ pointer: '', detail: 'must be object' }]],
]
