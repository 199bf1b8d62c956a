import { setTimeout as sleep } from 'node:timers/promises'
import { Dice } from '../../src/lib/testing/dice.ts'
import { Member } from './member.ts'
import { type FromWorker, KEYS, type Occurrence, type Order, sharedNow, type ToWorker } from './messages.ts'

// A process with one cache, which another process forked: it works at random, and tells all that happens.

const NODE = Number(process.argv[2])
/** A loop that is later than this is written down. */
const STALL_MS = 40
const PULSE_MS = 10
const TELL_EVERY_MS = 50
const REST_LIMIT_MS = 20_000

const asked = new Map<number, (versions: Record<number, number>) => void>()
let told: Occurrence[] = []
let questions = 0
let lanes: readonly Promise<void>[] = []
let isWorking = false

const member = new Member({
  node: NODE,
  ask(keys, bump = []) {
    const id = ++questions
    send({ kind: 'source', id, bump, keys })
    return new Promise((resolve) => asked.set(id, resolve))
  },
  tell: (one) => told.push(one),
})

process.on('message', (message: ToWorker) => {
  if (message.kind === 'source') {
    asked.get(message.id)?.(message.versions)
    asked.delete(message.id)
    return
  }
  const { id, order } = message
  obey(order).then(
    (result) => {
      tell()
      send({ kind: 'done', id, result })
    },
    (error) => send({ kind: 'done', id, error: String((error as Error).stack ?? error) }),
  )
})
process.on('disconnect', () => process.exit())

let beatMs = sharedNow()
let cpu = process.cpuUsage()
setInterval(() => {
  const nowMs = sharedNow()
  const { user, system } = process.cpuUsage(cpu)
  const cpuMs = (user + system) / 1_000
  if (nowMs - beatMs > STALL_MS) told.push({ kind: 'stall', node: NODE, fromMs: beatMs, untilMs: nowMs, cpuMs })
  const count = member.takeUnanswered()
  if (count > 0) told.push({ kind: 'unanswered', node: NODE, fromMs: beatMs, untilMs: nowMs, count })
  beatMs = nowMs
  cpu = process.cpuUsage()
}, PULSE_MS)
setInterval(tell, TELL_EVERY_MS)

function send(message: FromWorker): void {
  process.send?.(message)
}

function tell(): void {
  if (told.length === 0) return
  send({ kind: 'told', told })
  told = []
}

async function obey(order: Order): Promise<unknown> {
  switch (order.do) {
    case 'open':
      return member.open(order.setup)
    case 'work':
      isWorking = true
      lanes = Array.from({ length: order.lanes }, (_, lane) => work(new Dice(order.seed, NODE, lane)))
      return undefined
    case 'rest':
      return rest()
    case 'leftovers':
      return member.leftovers(isWorking, order.sinceMs)
    case 'last':
      return member.readLast()
    case 'read':
      return member.read(order.how, [order.key], { beforeMs: 0, afterMs: order.loadMs ?? 0, isFailing: false })
    case 'change':
      return member.change(order.how, order.key)
    case 'see gone':
      return member.seeGone(order.key)
    case 'hold loads':
      return member.gate.close()
    case 'see a load held':
      return member.gate.seeWaiting()
    case 'let loads go':
      return member.gate.open()
    case 'close':
      return member.close()
  }
}

/** Ends the work. Tells which calls are still open after a time that none should take. */
async function rest(): Promise<void> {
  isWorking = false
  const limit = new AbortController()
  const waited = new Promise((resolve) => {
    const timer = setTimeout(resolve, REST_LIMIT_MS)
    limit.signal.addEventListener('abort', () => clearTimeout(timer))
  })
  await Promise.race([Promise.all(lanes), waited])
  limit.abort()
  member.tellOpen()
}

async function work(dice: Dice): Promise<void> {
  while (isWorking) {
    await sleep(dice.between(5, 55))
    const key = dice.between(0, KEYS - 1)
    const keys = [key, (key + dice.between(1, 3)) % KEYS, (key + dice.between(4, 9)) % KEYS]
    const plan = {
      beforeMs: dice.pick([0, 0, 1, 5, 20]),
      afterMs: dice.pick([0, 1, 5, 20, 100]),
      isFailing: dice.chance(0.02),
    }
    const how = dice.next()
    if (how < 0.11)
      await member.change(
        dice.pick(['delete', 'delete', 'delete', 'set', 'set', 'set', 'deleteMany', 'tag', 'both']),
        key,
      )
    else if (how < 0.115) await member.change('clear', key)
    else if (how < 0.65) await member.read('getOrSet', [key], plan)
    else if (how < 0.75) await member.read('getOrSetMany', keys, plan)
    else if (how < 0.87) await member.read('get', [key])
    else if (how < 0.92) await member.read('peek', [key])
    else await member.read('getMany', keys)
  }
}
