/**
 * Where everything lies. All keys of a shard have one hash tag, `{name:shards:shard}`, so that a Cluster keeps them on one node:
 *
 * - `<prefix>{...}:state` hash: `inc` (id of the incarnation), `seq` (latest number), `cleared` (number of the latest clear), `floor`
 *   (highest number of a tag that was forgotten)
 * - `<prefix>{...}:log` stream of changes: `b ''` (birth), `d <JSON of keys>`, `s <key>`, `t <JSON of tags>`, `c ''`; a `d` or `s` of a
 *   `set` is followed by `o <its id>`; at the end of each is `a <the server's time in microseconds>`
 * - `<prefix>{...}:tags` sorted set: tag and number of its latest invalidation, and `''` with 0
 * - `<prefix>{...}:v:<key>` string: an envelope, a lease `L:<token>`, or a failure `F:<bytes>`
 * - `<prefix>{...}:l:<key>` string: a lease or failure of a key under which there is something else, which lasts at least as long
 */
export interface KeyLayout {
  /** How many shards there are. */
  readonly shards: number
  /** Which one a key belongs to. */
  shardOf(key: string): number
  /** Key of a shard's state. */
  state(shard: number): string
  /** Key of a shard's log. */
  log(shard: number): string
  /** Key of a shard's tags. */
  tags(shard: number): string
  /** What the keys of a shard's values begin with. */
  entries(shard: number): string
  /** Where the value of a key lies. */
  entry(shard: number, key: string): string
  /** Where the lease of a key lies while there is something else under it. */
  lease(shard: number, key: string): string
}

/**
 * Lays out the keys of one cache.
 *
 * @param prefix What all of them begin with.
 * @param name Name of the cache.
 * @param shards How many shards there are, from 1.
 */
export function createKeyLayout(prefix: string, name: string, shards: number): KeyLayout {
  // A brace in the name would end the hash tag early, or leave it empty.
  const safeName = name.replace(/[%{}]/g, (character) => `%${character.charCodeAt(0).toString(16)}`)
  const roots = Array.from({ length: shards }, (_, shard) => `${prefix}{${safeName}:${shards}:${shard}}:`)
  const each = (suffix: string): readonly string[] => roots.map((root) => root + suffix)
  const [states, logs, tags, entries, leases] = [each('state'), each('log'), each('tags'), each('v:'), each('l:')]
  const at = (all: readonly string[], shard: number): string => {
    const found = all[shard]
    if (found === undefined) throw new RangeError(`Expected \`shard\` to be less than ${shards}, got ${shard}`)
    return found
  }
  return {
    shards,
    shardOf: (key) => (shards === 1 ? 0 : hash(key) % shards),
    state: (shard) => at(states, shard),
    log: (shard) => at(logs, shard),
    tags: (shard) => at(tags, shard),
    entries: (shard) => at(entries, shard),
    entry: (shard, key) => at(entries, shard) + key,
    lease: (shard, key) => at(leases, shard) + key,
  }
}

/** FNV-1a over the UTF-16 code units, with the upper half folded in, as its lowest bits alone are weak. */
function hash(text: string): number {
  let sum = 0x811c9dc5
  for (let i = 0; i < text.length; i++) sum = Math.imul(sum ^ text.charCodeAt(i), 0x01000193)
  return (sum ^ (sum >>> 16)) >>> 0
}
