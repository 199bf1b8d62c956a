import { tracingChannel } from 'node:diagnostics_channel'
import type { OperationMessage } from '@breakwater/core'
import { SpanKind } from '@opentelemetry/api'
import type { OpenSpan } from '../spans/open-span.ts'
import type { Spans } from '../spans/spans.ts'
import type { ResolvedOperation } from './options.ts'

/**
 * Makes spans of operations, as children of the span that is active where they begin. Without one, or where it is not
 * recorded, they get none.
 *
 * @returns Stops. Those that are under way still end.
 */
export function followOperations(operations: readonly ResolvedOperation[], spans: Spans): () => void {
  const stops = operations.map((operation) => follow(operation, spans))
  return () => {
    for (const stop of stops) stop()
  }
}

function follow({ channel, name, attributes }: ResolvedOperation, spans: Spans): () => void {
  const channels = tracingChannel<OperationMessage>(channel)
  const { faults } = spans.settings
  const open = new WeakMap<OperationMessage, OpenSpan>()

  function begin(message: OperationMessage): void {
    const parent = spans.recordedParent()
    if (parent === undefined) return
    const options = { kind: SpanKind.INTERNAL, attributes: attributes(message) ?? {} }
    const span = spans.begin('operation', name(message), options, parent.active)
    if (span === undefined) return
    const { wrap } = message
    // Somebody else may wrap it, too.
    message.wrap = (run) => span.enter(wrap === undefined ? run : () => wrap(run))
    open.set(message, span)
  }

  const start = (message: unknown): void => {
    try {
      if (isMessage(message)) begin(message)
    } catch (error) {
      faults.tell('start', error)
    }
  }
  const finish = (message: unknown): void => {
    const span = open.get(message as OperationMessage)
    if (span === undefined) return
    const failure = failureOf(message as OperationMessage)
    if (failure !== undefined) span.fail(failure.error)
    span.end()
  }
  /** One that threw on the spot has no asynchronous end. */
  const end = (message: unknown): void => {
    if (failureOf(message as OperationMessage) !== undefined) finish(message)
  }

  channels.start.subscribe(start)
  channels.end.subscribe(end)
  channels.asyncEnd.subscribe(finish)
  return () => {
    channels.start.unsubscribe(start)
    channels.end.unsubscribe(end)
    channels.asyncEnd.unsubscribe(finish)
  }
}

/** Anybody may publish on a channel. */
function isMessage(message: unknown): message is OperationMessage {
  return typeof message === 'object' && message !== null && typeof (message as OperationMessage).source === 'string'
}

/** What it was rejected with, or what it says in a result of those that never reject, such as of `tryExecute`. */
function failureOf(message: OperationMessage): { readonly error: unknown } | undefined {
  if (typeof message !== 'object' || message === null) return undefined
  if ('error' in message) return { error: message.error }
  const { result } = message
  if (typeof result !== 'object' || result === null || !('ok' in result) || result.ok !== false) return undefined
  return 'error' in result ? { error: result.error } : undefined
}
