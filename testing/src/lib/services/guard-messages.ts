/** What a guard is asked for, and what it says. Both sides import only these types. */

/** A user of the machine, by numbers. */
export interface User {
  /** User id. */
  readonly uid: number
  /** Group id. */
  readonly gid: number
}

/** A program with its arguments. It runs in the guard's directory and gets no environment but the one given here. */
export interface Command {
  /** The program. */
  readonly file: string
  /** Its arguments. */
  readonly args: readonly string[]
  /** Its environment. */
  readonly env: Readonly<Record<string, string>>
  /** Who runs it, where that is not the user of this process. */
  readonly user?: User | undefined
}

/** A command that comes to an end. */
export interface Task extends Command {
  /** Milliseconds after which it is killed. */
  readonly limitMs: number
}

/** A command that runs until it is stopped. */
export interface ServerCommand extends Command {
  /** Asks it to end at once but properly. */
  readonly stopSignal: NodeJS.Signals
  /** Milliseconds after which a server that was asked to end is killed. */
  readonly stopLimitMs: number
  /** File in the directory to which its output is appended. */
  readonly logFile: string
}

/** Makes the directory. The first request of all. */
export interface OpenRequest {
  /** What is asked for. */
  readonly type: 'open'
  /** Beginning of the directory's path. */
  readonly prefix: string
  /** Who owns it, where that is not the user of this process. */
  readonly user?: User | undefined
  /** Run when everything has ended, whatever ended it, and before the directory goes. */
  readonly last?: Task | undefined
}

/** Runs a task to its end. */
export interface RunRequest {
  /** What is asked for. */
  readonly type: 'run'
  /** The task. */
  readonly task: Task
}

/** Starts a server. */
export interface StartRequest {
  /** What is asked for. */
  readonly type: 'start'
  /** The server. */
  readonly server: ServerCommand
}

/** Does something to a server and all its child processes. */
export interface SignalRequest {
  /** What is asked for. */
  readonly type: 'kill' | 'pause' | 'resume' | 'stop'
  /** The server. */
  readonly pid: number
}

/** Anything a guard can be asked for. */
export type GuardRequest = OpenRequest | RunRequest | StartRequest | SignalRequest

/** A request with the number its answer carries. */
export interface GuardQuestion {
  /** Counts up. */
  readonly id: number
  /** The request. */
  readonly request: GuardRequest
}

/** What a guard says. */
export type GuardMessage =
  /** The answer to a question: a directory or a pid, where one was asked for. */
  | { readonly type: 'done'; readonly id: number; readonly value?: string | number | undefined }
  /** The answer to a question that failed. */
  | { readonly type: 'failed'; readonly id: number; readonly message: string }
  /** A server ended, whatever the reason. */
  | { readonly type: 'exited'; readonly pid: number; readonly how: string }
  /** The guard could not clean up. */
  | { readonly type: 'stuck'; readonly message: string }
