/**
 * A module of WebAssembly, `(func (export "burn") (param $times i32) (param $state i32) (result i32))`: xorshift, by George
 * Marsaglia, so many times. Each round waits for the one before it, so that it hardly matters what else the core does.
 *
 * In JavaScript the same loop was compiled anew in each server, at moments of its own, and took two to eight times as long in
 * one as in another. This is compiled twice, the second time within the first milliseconds.
 */
const MODULE = [
  '0061736d 01000000', // magic number, version
  '01 07 01 60 02 7f7f 01 7f', // one type: two numbers make one
  '03 02 01 00', // one function of it
  '07 08 01 04 6275726e 00 00', // known as `burn`
  '0a 30 01 2e 00', // its code, without locals
  '03 40', // loop
  '2001 2001 410d 74 73 2101', // state ^= state << 13
  '2001 2001 4111 76 73 2101', // state ^= state >>> 17
  '2001 2001 4105 74 73 2101', // state ^= state << 5
  '2000 4101 6b 2200 0d00', // again, while --times is not 0
  '0b 2001 0b', // return state
]

/** Rounds of a step. */
const ROUNDS = 1_000
const WARM_UPS = 200
const TRIALS = 60
const TRIAL_MS = 4

const { burn: xorshift } = instantiate()
/** What is computed ends here. */
let state = 1
for (let i = 0; i < WARM_UPS; i++) burn(10)

/**
 * Computes for a while: nothing but the processor is needed, and nothing is left for the garbage collector.
 *
 * @param steps How long; 0 is not at all.
 */
export function burn(steps: number): void {
  const times = Math.round(steps * ROUNDS)
  // It counts down before it looks.
  if (times > 0) state = xorshift(times, state)
}

function instantiate(): { burn(times: number, state: number): number } {
  const { Module, Instance } = (globalThis as unknown as { readonly WebAssembly: Compiler }).WebAssembly
  return new Instance(new Module(Buffer.from(MODULE.join('').replaceAll(' ', ''), 'hex'))).exports
}

/** What is used here of what only browsers' types know. */
interface Compiler {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: { burn(times: number, state: number): number } }
}

/**
 * Finds out how much of {@link burn} fills a millisecond, so that all servers of a run do the same work.
 *
 * @returns Steps, by the fastest of some trials: the others shared the core with somebody.
 */
export function stepsPerMs(): number {
  let steps = 100
  while (timeOf(steps) < TRIAL_MS) steps *= 2
  const trials = Array.from({ length: TRIALS }, () => timeOf(steps))
  return Math.round(steps / Math.min(...trials))
}

function timeOf(steps: number): number {
  const startMs = performance.now()
  burn(steps)
  return performance.now() - startMs
}
