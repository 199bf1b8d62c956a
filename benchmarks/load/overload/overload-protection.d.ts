/** What is used here of a package that brings no types. */
declare module 'overload-protection' {
  interface Protection {
    /** Whether it would refuse now. */
    readonly overload: boolean
    /** Milliseconds, as it was at the last look. */
    readonly eventLoopDelay: number
    /** Looks no more. */
    stop(): void
  }
  export default function protect(framework: 'http', options: { readonly production: boolean }): Protection
}
