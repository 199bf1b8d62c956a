import type { FastifyServerOptions } from 'fastify'

/** One part of a request that is not as it must be. */
export interface InvalidPart {
  /** JSON Pointer into the body, empty for the whole of it. */
  readonly pointer?: string | undefined
  /** Name of a part of the path or of the query string. */
  readonly parameter?: string | undefined
  /** Name of a header. */
  readonly header?: string | undefined
  /** What it must be. */
  readonly detail: string
}

/** Thrown by hand where a schema cannot say it. */
export class InvalidRequestError extends Error {
  override readonly name: 'InvalidRequestError' = 'InvalidRequestError'
  readonly code: 'ERR_INVALID_REQUEST' = 'ERR_INVALID_REQUEST'
  readonly parts: readonly InvalidPart[]

  /** @param parts What is wrong. */
  constructor(parts: readonly InvalidPart[]) {
    super('Parts of this request are not as they must be')
    this.parts = parts
  }
}

/**
 * How requests are checked: what is not known is refused, not dropped, and nothing is made into another type. Fastify's
 * own settings do the opposite of both.
 */
export const AJV: NonNullable<FastifyServerOptions['ajv']> = {
  customOptions: {
    removeAdditional: false,
    coerceTypes: false,
    allErrors: true,
    verbose: true,
    // Of our own: what a person is told instead of a pattern.
    keywords: ['expected'],
  },
}

/** What Ajv says about one mistake, as far as it is used here. */
interface Mistake {
  readonly keyword: string
  readonly instancePath: string
  readonly params: Readonly<Record<string, unknown>>
  readonly message?: string | undefined
  /** The schema that was broken, as `verbose` is set. */
  readonly parentSchema?: { readonly expected?: string; readonly enum?: readonly string[] }
}

/**
 * Says what is wrong with a request.
 *
 * @param mistakes What Ajv found.
 * @param context Which part of the request it looked at.
 */
export function toInvalidParts(mistakes: readonly Mistake[], context: string | undefined): readonly InvalidPart[] {
  return mistakes.map((mistake) => {
    const { keyword, instancePath, params } = mistake
    const inner = keyword === 'required' ? params.missingProperty : params.additionalProperty
    const pointer = inner === undefined ? instancePath : `${instancePath}/${toPointerPart(String(inner))}`
    const place = context === 'body' ? { pointer } : { parameter: fromPointerPart(pointer.slice(1)) }
    return { ...place, detail: toDetail(mistake) }
  })
}

function toDetail({ keyword, params, message, parentSchema }: Mistake): string {
  const plural = params.limit === 1 ? '' : 's'
  switch (keyword) {
    case 'required':
      return 'is missing'
    case 'additionalProperties':
      return 'is not known here'
    case 'enum':
      return `must be one of ${parentSchema?.enum?.join(', ')}`
    case 'type':
      return `must be ${[params.type].flat().join(' or ')}`
    case 'minLength':
    case 'maxLength':
      return `must have at ${keyword === 'minLength' ? 'least' : 'most'} ${params.limit} character${plural}`
    case 'minProperties':
      return 'must not be empty'
    case 'pattern':
      return `must be ${parentSchema?.expected ?? 'of another form'}`
    default:
      return message ?? 'is wrong'
  }
}

/** See RFC 6901. */
function toPointerPart(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}

function fromPointerPart(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~')
}
