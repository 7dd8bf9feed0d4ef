// SECURITY.md states each bound with its number: these are the code's.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { defaults } from '../../src/embedded/settings/defaults.ts'
import { MAX_UNREADABLE } from '../../src/model/entries.ts'
import { MANIFEST_LIMIT } from '../../src/model/manifest.ts'
import { maxBytes } from '../../src/node/credentials/helper.ts'
import { MOST_CONNECTIONS } from '../../src/node/serve/serve.ts'
import { MAX_IDENTITIES } from '../../src/registry/auth/identity.ts'
import { TOKEN_LIMIT } from '../../src/registry/auth/token.ts'
import { MAX_TOKENS } from '../../src/registry/auth/tokens.ts'
import { MAX_PRESENT } from '../../src/registry/blobs/present.ts'
import { SMALLEST } from '../../src/registry/blobs/send-chunk.ts'
import { CALL_LIMITS } from '../../src/registry/budget.ts'
import { MAX_PAGES } from '../../src/registry/lists/paging.ts'
import { MAX_BYTES } from '../../src/registry/lists/tag-targets.ts'
import { ERROR_LIMIT, MAX_REDIRECTS } from '../../src/registry/wire/exchange.ts'
import { MAX_HOSTS } from '../../src/registry/wire/host.ts'
import { MAX_SEEN, MAX_SEEN_SIZE } from '../../src/strategies/shared-tag/seen.ts'
import { MAX_LOOKUPS, MAX_ROUNDS } from '../../src/strategies/shared-tag/writer.ts'
import { MAX_WRITERS } from '../../src/strategies/shared-tag/writers.ts'
import { MAX_LINKS } from '../../src/tasks/discover/limit.ts'
import { MAX_INDEXES } from '../../src/tasks/lib/platform.ts'
import { MAX_NESTING, MAX_PLATFORMS } from '../../src/tasks/lib/scope.ts'
import { MOST_READ } from '../../src/tasks/read/find.ts'
import { AT_ONCE } from '../../src/tasks/read/in-turn.ts'

/** Each bound as its row names it. */
const bounds: Readonly<Record<string, number>> = {
  'bytes of a manifest or of a page of a list': MANIFEST_LIMIT,
  "bytes of an error's body": ERROR_LIMIT,
  "bytes of a token service's answer": TOKEN_LIMIT,
  'redirects of one request': MAX_REDIRECTS,
  'pages of one list': MAX_PAGES,
  'bytes of all lists and manifests of one call that lists': CALL_LIMITS.bytes,
  'entries of all lists of one call': CALL_LIMITS.items,
  'manifests that one call reads where lists say too little': CALL_LIMITS.manifests,
  'redirects to other origins of one call that lists': CALL_LIMITS.detours,
  'entries of one list that are no descriptors': MAX_UNREADABLE,
  'links between referrers in one `discover()`': MAX_LINKS,
  'platforms of an index in one `discover()`': MAX_PLATFORMS,
  'indexes in indexes': MAX_NESTING,
  'indexes in which one `platform` is looked for': MAX_INDEXES,
  'referrers that one `readArtifact()`, `artifacts()` or `statements()` follows': MOST_READ,
  'manifests, and blobs, that one of these reads at once': AT_ONCE,
  'bytes of indexes that one `detach()` looks into': MAX_BYTES,
  'bytes that a registry may want in a chunk, at least': SMALLEST,
  'rounds of writing a shared tag': MAX_ROUNDS,
  'entries looked up because they are missing at a shared tag': MAX_LOOKUPS,
  'entries remembered of one shared tag': MAX_SEEN,
  'characters of all entries remembered of shared tags': MAX_SEEN_SIZE,
  'shared tags that are remembered for each identity': MAX_WRITERS,
  'tokens that are kept for each registry': MAX_TOKENS,
  'hosts whose limit of requests is kept for each `fetch`': MAX_HOSTS,
  'identities of writers that are kept for each `fetch`': MAX_IDENTITIES,
  'blobs taken for present in each repository': MAX_PRESENT,
  "bytes of a credential helper's output": maxBytes,
  'connections to `serve()` at once': MOST_CONNECTIONS,
  'bytes of a manifest that is pushed to the embedded registry': defaults.manifests.limit,
  'bytes of a blob that is pushed to the embedded registry': defaults.blobs.limit,
}

const units: Readonly<Record<string, number>> = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 }

/** A number as the table writes it: `64 KiB`, `250 000`. */
function toNumber(text: string): number {
  const [, digits, unit] = /^([\d ]+?)(?: ([KMG]iB))?$/.exec(text) ?? []
  return Number(digits?.replaceAll(' ', '')) * (units[unit ?? ''] ?? 1)
}

test('SECURITY.md states the bounds that the code has, and no others', () => {
  const path = new URL('../../SECURITY.md', import.meta.url)
  const [, text] = readFileSync(path, 'utf8').split('### Bounds\n')
  const rows = text!
    .split('\n### ')[0]!
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| what'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
  const stated = Object.fromEntries(rows.map(([, what, bound]) => [what!, toNumber(bound!)]))
  expect(stated).toEqual(bounds)
})
