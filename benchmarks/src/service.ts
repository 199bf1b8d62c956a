import type { Skipped } from '@breakwater/testing/services'

/** A server that benches of this process share, and that ends with it. */
export interface SharedService {
  /** Says why there is none on this machine, if there is none. */
  whyNot(): Promise<string | undefined>
  /**
   * Where it is.
   *
   * @throws {Error} If there is none on this machine.
   */
  url(): Promise<string>
}

/**
 * Shares a server, which is started when it is first asked for.
 *
 * @param what What it is, such as `Redis`.
 * @param start Starts it.
 */
export function shareService(what: string, start: () => Promise<{ readonly url: string } | Skipped>): SharedService {
  let server: ReturnType<typeof start> | undefined
  async function started(): Promise<{ readonly url: string } | Skipped> {
    server ??= start()
    return await server
  }
  return {
    async whyNot() {
      const one = await started()
      return 'skip' in one ? one.skip : undefined
    },
    async url() {
      const one = await started()
      if ('skip' in one) throw new Error(`Cannot measure what needs ${what}: ${one.skip}`)
      return one.url
    },
  }
}
