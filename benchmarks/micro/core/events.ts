import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel'
import { EventEmitter } from 'node:events'
import { type ChannelMessage, createEmitter } from '@breakwater/core'
import { EventEmitter as EventEmitter3 } from 'eventemitter3'
import mittModule from 'mitt'
import { createNanoEvents } from 'nanoevents'
import { costsAtMost, isFaster } from '../../src/claims.ts'
import type { MicroGroup, MicroSubject, Workload } from '../../src/micro/subject.ts'

interface Opened {
  readonly type: 'circuit:opened'
  readonly failures: number
}

/** Something that tells events, with somebody who adds up what was told. */
interface Teller {
  run(times: number): void
  heard(): number
  close?(): void
}

const OPENED = 'circuit:opened'
/** What is heard in a check: the sum of 0 to 9. */
const SUM_OF_TEN = 45

// Its types are those of a CommonJS module, which it is not under `import`.
const mitt = mittModule as unknown as typeof mittModule.default

let names = 0
/** Twins must not hear each other. */
function freshName(): string {
  return `bench:${++names}`
}

function teller(name: string, create: () => Teller): MicroSubject {
  return {
    name,
    create(): Workload {
      const made = create()
      return {
        run: made.run,
        check() {
          made.run(10)
          return made.heard()
        },
        ...(made.close && { close: made.close }),
      }
    },
  }
}

const emitToNobody: MicroGroup = {
  id: 'emit-to-nobody',
  title: 'An event that nobody hears',
  about:
    'One operation makes an event and tells it to nobody. The floor walks over an empty list of listeners. The peers know nothing of `node:diagnostics_channel`; ours looks there as well.',
  floor: teller('a loop over no listeners', () => {
    let heard = 0
    const listeners: ((event: Opened) => void)[] = []
    return {
      run(times) {
        for (let i = 0; i < times; i++) {
          const event: Opened = { type: OPENED, failures: i }
          for (const listener of listeners) listener(event)
          heard |= event.failures & 0
        }
      },
      heard: () => heard,
    }
  }),
  ours: [
    teller('createEmitter', () => {
      const events = createEmitter<Opened>(freshName(), 'bench')
      return {
        run(times) {
          for (let i = 0; i < times; i++) events.emit({ type: OPENED, failures: i })
        },
        heard: () => 0,
      }
    }),
  ],
  peers: [
    teller('node:events', () => {
      const events = new EventEmitter()
      return {
        run(times) {
          for (let i = 0; i < times; i++) events.emit(OPENED, { failures: i })
        },
        heard: () => 0,
      }
    }),
    teller('mitt', () => {
      const events = mitt<{ [OPENED]: { failures: number } }>()
      return {
        run(times) {
          for (let i = 0; i < times; i++) events.emit(OPENED, { failures: i })
        },
        heard: () => 0,
      }
    }),
    teller('nanoevents', () => {
      const events = createNanoEvents<{ [OPENED]: (event: { failures: number }) => void }>()
      return {
        run(times) {
          for (let i = 0; i < times; i++) events.emit(OPENED, { failures: i })
        },
        heard: () => 0,
      }
    }),
    teller('eventemitter3', () => {
      const events = new EventEmitter3()
      return {
        run(times) {
          for (let i = 0; i < times; i++) events.emit(OPENED, { failures: i })
        },
        heard: () => 0,
      }
    }),
  ],
  expected: 0,
  claims: [
    isFaster('createEmitter', 1, 'mitt', 'Telling must cost no more than with the libraries people know.'),
    isFaster('createEmitter', 1, 'node:events', 'Telling must cost no more than with what Node has.'),
  ],
}

const emitToOne: MicroGroup = {
  id: 'emit-to-one-listener',
  title: 'An event with one listener',
  about:
    'One operation makes an event and tells it to a listener, which adds a number. The floor calls the listener itself. Ours also keeps a listener that throws from breaking the teller; none of the peers does.',
  floor: teller('a direct call', () => {
    let heard = 0
    const listener = (event: Opened): void => {
      heard = (heard + event.failures) | 0
    }
    return {
      run(times) {
        for (let i = 0; i < times; i++) listener({ type: OPENED, failures: i })
      },
      heard: () => heard,
    }
  }),
  ours: [
    teller('createEmitter', () => {
      let heard = 0
      const events = createEmitter<Opened>(freshName(), 'bench')
      events.subscribe((event) => {
        heard = (heard + event.failures) | 0
      })
      return {
        run(times) {
          for (let i = 0; i < times; i++) events.emit({ type: OPENED, failures: i })
        },
        heard: () => heard,
      }
    }),
  ],
  peers: [
    teller('node:events', () => {
      let heard = 0
      const events = new EventEmitter().on(OPENED, (event: { failures: number }) => {
        heard = (heard + event.failures) | 0
      })
      return {
        run(times) {
          for (let i = 0; i < times; i++) events.emit(OPENED, { failures: i })
        },
        heard: () => heard,
      }
    }),
    teller('mitt', () => {
      let heard = 0
      const events = mitt<{ [OPENED]: { failures: number } }>()
      events.on(OPENED, (event) => {
        heard = (heard + event.failures) | 0
      })
      return {
        run(times) {
          for (let i = 0; i < times; i++) events.emit(OPENED, { failures: i })
        },
        heard: () => heard,
      }
    }),
    teller('nanoevents', () => {
      let heard = 0
      const events = createNanoEvents<{ [OPENED]: (event: { failures: number }) => void }>()
      events.on(OPENED, (event) => {
        heard = (heard + event.failures) | 0
      })
      return {
        run(times) {
          for (let i = 0; i < times; i++) events.emit(OPENED, { failures: i })
        },
        heard: () => heard,
      }
    }),
    teller('eventemitter3', () => {
      let heard = 0
      const events = new EventEmitter3().on(OPENED, (event: { failures: number }) => {
        heard = (heard + event.failures) | 0
      })
      return {
        run(times) {
          for (let i = 0; i < times; i++) events.emit(OPENED, { failures: i })
        },
        heard: () => heard,
      }
    }),
  ],
  expected: SUM_OF_TEN,
  claims: [
    isFaster('createEmitter', 1, 'mitt', 'Telling must cost no more than with the libraries people know.'),
    isFaster('createEmitter', 1, 'node:events', 'Telling must cost no more than with what Node has.'),
  ],
}

const emitToChannel: MicroGroup = {
  id: 'emit-to-channel',
  title: 'An event with one subscriber of its channel',
  about:
    'One operation makes an event and tells it to a subscriber of the `node:diagnostics_channel`, which learns who told it. The floor calls the subscriber itself, with the same message; the peer is the channel without an emitter.',
  floor: teller('a direct call', () => {
    let heard = 0
    const hear = ({ event }: ChannelMessage<Opened>): void => {
      heard = (heard + event.failures) | 0
    }
    return {
      run(times) {
        for (let i = 0; i < times; i++) hear({ source: 'bench', event: { type: OPENED, failures: i } })
      },
      heard: () => heard,
    }
  }),
  ours: [
    teller('createEmitter', () => {
      let heard = 0
      const name = freshName()
      const events = createEmitter<Opened>(name, 'bench')
      const hear = (message: unknown): void => {
        heard = (heard + (message as ChannelMessage<Opened>).event.failures) | 0
      }
      subscribe(name, hear)
      return {
        run(times) {
          for (let i = 0; i < times; i++) events.emit({ type: OPENED, failures: i })
        },
        heard: () => heard,
        close: () => void unsubscribe(name, hear),
      }
    }),
  ],
  peers: [
    teller('the channel itself', () => {
      let heard = 0
      const name = freshName()
      const bare = channel(name)
      const hear = (message: unknown): void => {
        heard = (heard + (message as ChannelMessage<Opened>).event.failures) | 0
      }
      subscribe(name, hear)
      return {
        run(times) {
          for (let i = 0; i < times; i++)
            if (bare.hasSubscribers) bare.publish({ source: 'bench', event: { type: OPENED, failures: i } })
        },
        heard: () => heard,
        close: () => void unsubscribe(name, hear),
      }
    }),
  ],
  expected: SUM_OF_TEN,
  claims: [
    costsAtMost('createEmitter', 1.5, 'the channel itself', 'The emitter should add little to what Node charges.'),
  ],
}

/** What telling an event costs. */
export const events: readonly MicroGroup[] = [emitToNobody, emitToOne, emitToChannel]
