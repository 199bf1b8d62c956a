// What @breakwater/core offers, written by `pnpm check api --update`. A difference here decides the next version.

declare module '@breakwater/core' {
  import type { IncomingMessage, Server, ServerResponse } from 'node:http'
  import type { Http2SecureServer, Http2Server, Http2ServerRequest, Http2ServerResponse } from 'node:http2'
  import type { Server as HttpsServer } from 'node:https'
  import type { Socket } from 'node:net'

  export const CORE_CHANNEL = "breakwater:core"
  export interface ChannelMessage<event> {
    readonly source: string
    readonly event: event
  }
  export interface Clock {
    now(): number
    coarse(): number
    epoch(): number
    after(delayMs: number, run: () => void): () => void
    sleep(delayMs: number, options?: SleepOptions): Promise<void>
  }
  export interface Emitter<event extends {
    readonly type: string
  }> extends Observable<event> {
    readonly active: boolean
    emit(event: event): void
    emitFailure(event: Extract<event, FailureEvent>): void
  }
  export interface ExchangeSource<source> {
    url(request: source): string
    route(request: source): string | undefined
    readonly clock?: Clock | undefined
  }
  export interface FailureEvent {
    readonly type: `${string}:failed`
    readonly error: unknown
  }
  export interface Histogram {
    readonly count: number
    readonly sum: number
    record(value: number): void
    quantile(q: number): number
    snapshot(): HistogramSnapshot
  }
  export interface HistogramOptions {
    readonly bounds?: readonly number[] | undefined
    readonly min?: number | undefined
    readonly max?: number | undefined
  }
  export interface HistogramSnapshot {
    readonly bounds: readonly number[]
    readonly counts: readonly number[]
    readonly count: number
    readonly sum: number
  }
  export interface HookRunner<source> extends Observable<HttpHookEvent> {
    expect(request: NodeRequest, response: NodeResponse): void
    begin(source: source, request: NodeRequest, response: NodeResponse): HttpReply | undefined
    enter(response: NodeResponse, next: () => void): void
  }
  export type HttpEndpoint = (exchange: HttpExchange) => HttpReply | PromiseLike<HttpReply>
  export interface HttpExchange {
    readonly method: string
    readonly path: string
    readonly route: string | undefined
    readonly status: number
    readonly outcome: HttpOutcome | undefined
    readonly startedAtMs: number
    readonly slots: unknown[]
    header(name: string): string | undefined
    setHeader(name: string, value: string): void
  }
  export interface HttpHook {
    onStart?(exchange: HttpExchange, slot: number): HttpReply | undefined
    around?(exchange: HttpExchange, next: () => void, slot: number): void
    onHead?(exchange: HttpExchange, slot: number): void
    onEnd?(exchange: HttpExchange, slot: number): void
  }
  export type HttpHookEvent = {
    readonly type: 'hook:failed'
    readonly phase: keyof HttpHook | keyof HttpServerHook
    readonly error: unknown
  }
  export type HttpOutcome = 'finished' | 'aborted' | 'failed'
  export interface HttpReply {
    readonly status: number
    readonly headers?: Readonly<Record<string, string>> | undefined
    readonly body?: string | Uint8Array | AsyncIterable<string | Uint8Array> | undefined
  }
  export type HttpServer = Server | HttpsServer | Http2Server | Http2SecureServer
  export interface HttpServerHook {
    onConnection?(socket: Socket): void
    onRequest?(request: NodeRequest, response: NodeResponse): void
    onHead?(request: NodeRequest, response: NodeResponse): void
    onUpgrade?(request: IncomingMessage, socket: Socket): void
    onClientError?(error: Error, socket: Socket): void
  }
  export interface Measured {
    readonly kind: string
    readonly name: string
    measure(): readonly Measurement[]
  }
  export interface Measurement {
    readonly name: string
    readonly help: string
    readonly kind: 'counter' | 'gauge' | 'histogram'
    readonly labels?: Readonly<Record<string, string>> | undefined
    readonly value: number | HistogramSnapshot
  }
  export type NodeRequest = IncomingMessage | Http2ServerRequest
  export type NodeResponse = ServerResponse | Http2ServerResponse
  export interface Observable<event> {
    subscribe(listener: (event: event) => void): () => void
  }
  export interface Operation<details extends object> {
    trace<result>(details: details, run: () => Promise<result>): Promise<result>
  }
  export interface OperationMessage {
    readonly source: string
    wrap?: (<result>(run: () => result) => result) | undefined
    readonly result?: unknown
    readonly error?: unknown
  }
  export abstract class OperationalError extends Error {
    abstract readonly name: string
    abstract readonly code: `ERR_${string}`
  }
  export interface Policy {
    execute<result>(run: (context: PolicyContext) => PromiseLike<result> | result, options?: PolicyCallOptions): Promise<result>
  }
  export interface PolicyCallOptions {
    readonly signal?: AbortSignal | undefined
  }
  export interface PolicyContext {
    readonly signal: AbortSignal
  }
  export abstract class RefusalError extends OperationalError {
    abstract get message(): string
    constructor()
  }
  export interface SleepOptions {
    readonly signal?: AbortSignal | undefined
  }
  export function attach(server: HttpServer, hooks: readonly HttpServerHook[]): () => void
  export function callable<fn extends (...args: never[]) => unknown>(name: string, value: fn): fn
  export function createEmitter<event extends {
    readonly type: string
  }>(channelName: string, source: string): Emitter<event>
  export function createExchange<source>(framework: source, source: ExchangeSource<source>, request: NodeRequest, response: NodeResponse): HttpExchange
  export function createHistogram({ bounds, min, max, }?: HistogramOptions): Histogram
  export function createHookRunner<source>(hooks: readonly HttpHook[], source: ExchangeSource<source>): HookRunner<source>
  export function createOperation<details extends object>(channelName: string, source: string): Operation<details>
  export function hasCode<code extends string>(error: unknown, code: code): error is Error & {
    readonly code: code
  }
  export function milliseconds(name: string, value: number): number
  export function nonEmptyString(name: string, value: string): string
  export function nonNegativeInteger(name: string, value: number): number
  export function oneOf<choice extends string>(name: string, value: choice, choices: readonly choice[]): choice
  export function positiveInteger(name: string, value: number): number
  export function positiveMilliseconds(name: string, value: number): number
  export function positiveNumber(name: string, value: number): number
  export function ratio(name: string, value: number): number
  export const systemClock: Clock
}

declare module '@breakwater/core/testing' {
  import type { Clock } from '@breakwater/core'

  export interface ManualClock extends Clock {
    readonly pending: number
    advance(byMs: number): void
    advanceAsync(byMs: number): Promise<void>
    setEpoch(epochMs: number): void
  }
  export interface ManualClockOptions {
    readonly nowMs?: number | undefined
    readonly epochMs?: number | undefined
  }
  export function createManualClock({ nowMs, epochMs, }?: ManualClockOptions): ManualClock
}
