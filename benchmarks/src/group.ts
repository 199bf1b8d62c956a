import type { Claim } from './claims.ts'

/** Things that do the same, measured beside each other. */
export interface Group<subject extends Subject> {
  /** For the command line: kebab-case, of its own within the bench. */
  readonly id: string
  /** Heading on the page. */
  readonly title: string
  /** What one operation is, why the floor is the floor, and what a reader might get wrong. */
  readonly about: string
  /** The cheapest conceivable thing that does the job. */
  readonly floor: subject
  /** What is measured. The first one also has a twin in the control. */
  readonly ours: readonly subject[]
  /** What others would use instead. */
  readonly peers: readonly subject[]
  /** What ours should reach. */
  readonly claims: readonly Claim[]
  /**
   * How far the control may be from 1 before the run says nothing. Keep it well below what the claims are about.
   *
   * @defaultValue `0.1`, our choice: for claims about factors, not about percents
   */
  readonly toleranceRatio?: number | undefined
  /**
   * Says why it cannot be measured on this machine, such as for want of a server.
   *
   * @defaultValue it can
   */
  readonly whyNot?: (() => Promise<string | undefined>) | undefined
}

/** Something that can be measured. */
export interface Subject {
  /** What it is, in the tables. */
  readonly name: string
}

/** What a subject is in its group. `control`: a subject measured once more under another name. */
export type Role = 'floor' | 'ours' | 'peer' | 'control'

/** A subject's place in a run. */
export interface Entry<subject extends Subject> {
  /** Of its own in the group. */
  readonly name: string
  /** What it is there. */
  readonly role: Role
  /** The subject. */
  readonly subject: subject
  /** Of a control: the name of the entry that it is the twin of. */
  readonly twinOf?: string
}

/**
 * Everything that a run of a group measures: floor, ours, peers, and the twins that are its A/A control.
 *
 * @param group The group.
 * @throws {TypeError} If two have one name, or a claim names nobody.
 */
export function entriesOf<subject extends Subject>({
  id,
  floor,
  ours,
  peers,
  claims,
}: Group<subject>): readonly Entry<subject>[] {
  const twins = [floor, ...ours.slice(0, 1)]
  const entries: readonly Entry<subject>[] = [
    toEntry(floor, 'floor'),
    ...ours.map((subject) => toEntry(subject, 'ours')),
    ...peers.map((subject) => toEntry(subject, 'peer')),
    ...twins.map((subject) => ({
      name: `${subject.name}, again`,
      role: 'control' as const,
      subject,
      twinOf: subject.name,
    })),
  ]
  const names = new Set(entries.map(({ name }) => name))
  if (names.size !== entries.length) throw new TypeError(`Expected the names in group "${id}" to differ`)
  for (const { of, goal } of claims)
    for (const name of [of, 'against' in goal && goal.against, 'over' in goal && goal.over])
      if (name !== false && !names.has(name))
        throw new TypeError(`Expected the claims of group "${id}" to name its own, got "${name}"`)
  return entries
}

function toEntry<subject extends Subject>(subject: subject, role: Role): Entry<subject> {
  return { name: subject.name, role, subject }
}
