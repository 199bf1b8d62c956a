/** What administrators know in tests. */
export const ADMIN_TOKEN = 'open-sesame/0123'

/** Every route for administrators. */
export const ADMIN_ROUTES: readonly (readonly [method: string, path: string])[] = [
  ['GET', '/admin/cache/stats'],
  ['POST', '/admin/cache/invalidate'],
  ['POST', '/admin/cache/warmup'],
  ['GET', '/admin/monitoring/metrics'],
  ['POST', '/admin/monitoring/threshold'],
  ['GET', '/admin/performance/metrics'],
  ['GET', '/admin/performance/traces'],
  ['GET', '/admin/performance/bottlenecks'],
  ['GET', '/admin/logs/search'],
  ['GET', '/admin/logs/analytics'],
  ['POST', '/admin/logs/export'],
  ['GET', '/admin/logs/tail'],
]

/** How to ask. */
export interface AdminRequest {
  readonly method?: string | undefined
  /** Makes it a POST. */
  readonly body?: unknown
  /** @defaultValue the right one */
  readonly authorization?: string | undefined
}

/**
 * Asks as an administrator.
 *
 * @param url Where.
 * @param request How.
 */
export function askAdmin(
  url: string,
  { body, method = body === undefined ? 'GET' : 'POST', authorization = `Bearer ${ADMIN_TOKEN}` }: AdminRequest = {},
): Promise<Response> {
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  return fetch(url, {
    method,
    headers: { ...type, ...(authorization !== '' && { authorization }) },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
}

/**
 * The same, for what must be answered.
 *
 * @param url Where.
 * @param body Makes it a POST.
 */
export async function adminJson<answer>(url: string, body?: unknown): Promise<answer> {
  const response = await askAdmin(url, { body })
  if (response.status !== 200) throw new Error(`${url}: ${response.status} ${await response.text()}`)
  return (await response.json()) as answer
}
