// SECURITY.md states each bound with its number: these are the code's, each of which has a row.
import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const root = new URL('../../', import.meta.url).pathname

/** Each row, and where the code has its number: a file of `src/`, and the name there. */
const bounds: Readonly<Record<string, string>> = {
  'bytes of a manifest or of a page of a list': 'model/manifest.ts MANIFEST_LIMIT',
  'bytes of a page of tags': 'registry/lists/tags.ts LIMIT',
  'bytes of a page of tags behind a gateway': 'gateway/tags.ts MOST',
  'bytes of manifests that a gateway keeps': 'gateway/options.ts cacheBytes',
  "milliseconds until the headers of a gateway's upstream, or in which nothing of a blob moves":
    'gateway/options.ts timeout',
  "milliseconds until a gateway's upstream has stored an upload that was sent":
    'gateway/upstream.ts STORING',
  'requests of one client that a gateway answers at a time': 'gateway/options.ts concurrency',
  'requests of one client that wait for their turn': 'platform/slots.ts WAITING',
  'clients that a gateway remembers': 'platform/slots.ts CLIENTS',
  'milliseconds that `limitClients()` lets a client wait for its turn':
    'node/serve/limit-clients.ts TURN',
  'bytes of lines of an access log that wait for a slow disk': 'cli/serving/access-log.ts WAITING',
  'milliseconds between two starts of a worker in the place of the same one':
    'cli/serving/workers.ts BETWEEN_STARTS',
  'starts of workers that come to nothing, while none listens':
    'cli/serving/workers.ts MOST_FAILURES',
  'milliseconds in which a worker says what it has counted': 'cli/serving/ask-worker.ts LONGEST',
  'milliseconds in which a server that is ready must reach its content':
    'cli/serving/health.ts TIMEOUT',
  'redirects that a gateway follows for a page': 'gateway/upstream.ts MAX_REDIRECTS',
  'entries of a page of referrers of a gateway': 'gateway/pages.ts PAGE',
  'repositories of which a gateway keeps what the upstream supports': 'gateway/client.ts KNOWN',
  'bytes of a blob that `getBlobBytes()` holds': 'registry/blobs/get.ts limit',
  'bytes of a blob that `readArtifact()` and its kin hold': 'tasks/read/options.ts LIMIT',
  "bytes of an error's body": 'registry/wire/exchange.ts ERROR_LIMIT',
  "bytes of a token service's answer": 'registry/auth/token.ts TOKEN_LIMIT',
  'milliseconds until the headers of an answer, and again until the end of a manifest or list':
    'registry/repository.ts timeout',
  'the same of a layout or an archive': 'box/box.ts PATIENCE',
  'milliseconds that `Retry-After` may ask for': 'registry/repository.ts maxRetryAfter',
  'repeats of a request': 'registry/repository.ts retries',
  'milliseconds between them, where the registry names no time': 'platform/backoff.ts MOST',
  'requests under way to one host': 'registry/repository.ts concurrency',
  'milliseconds without a pause, in `discover()` and in an embedded registry':
    'platform/pause.ts WORK',
  'redirects of one request': 'registry/wire/exchange.ts MAX_REDIRECTS',
  'pages of one list': 'registry/lists/paging.ts MAX_PAGES',
  'bytes of all lists and manifests of one call that lists': 'registry/budget.ts bytes',
  'entries of all lists of one call': 'registry/budget.ts items',
  'manifests that one call reads where lists say too little': 'registry/budget.ts manifests',
  'redirects to other origins of one call that lists': 'registry/budget.ts detours',
  'entries of one list that are no descriptors': 'model/entries.ts MAX_UNREADABLE',
  'links between referrers in one `discover()`': 'tasks/discover/limit.ts MAX_LINKS',
  'referrers that one `discover()` follows': 'tasks/discover/discover.ts maxReferrers',
  'subjects that it lists at once': 'tasks/discover/exploration.ts AT_ONCE',
  'platforms of an index in one `discover()`': 'tasks/lib/scope.ts MAX_PLATFORMS',
  'indexes in indexes': 'tasks/lib/scope.ts MAX_NESTING',
  'indexes in which one `platform` is looked for': 'tasks/lib/platform.ts MAX_INDEXES',
  'referrers that one `readArtifact()`, `artifacts()` or `statements()` follows':
    'tasks/read/find.ts MOST_READ',
  'manifests, and blobs, that one of these reads at once': 'tasks/read/in-turn.ts AT_ONCE',
  'statements in one blob, a line each': 'model/statement.ts MAX_LINES',
  'tags that one `detach()` or `whatReaches()` looks up': 'registry/lists/tag-targets.ts maxTags',
  'tags or manifests that it looks up at once': 'registry/reach.ts WORKERS',
  'bytes of indexes that one `detach()` looks into': 'registry/lists/tag-targets.ts MAX_BYTES',
  'tags that one `graph()` looks up': 'tasks/graph/run.ts maxTags',
  'manifests that one `graph()` looks up at once': 'tasks/graph/survey.ts AT_ONCE',
  'manifests that one `prune()` looks up again at once': 'tasks/prune/recheck.ts AT_ONCE',
  'items of a plan that one `remove()` or `prune()` looks up at once, where they hold no more':
    'tasks/lib/deletes/outdated.ts AT_ONCE',
  'items that it looks up at once, where one of them is still there':
    'tasks/lib/deletes/confirm.ts AT_ONCE',
  'lists of referrers that it reads at once, when it has deleted':
    'tasks/lib/deletes/still-listed.ts AT_ONCE',
  'manifests that one `repair()` reads at once': 'tasks/repair/examine.ts AT_ONCE',
  'manifests that one `prune()` or `remove()` deletes at once':
    'tasks/lib/deletes/carry-out.ts AT_ONCE',
  'milliseconds in which a source of credentials is left alone that gave the same twice':
    'registry/auth/login.ts QUIET',
  'milliseconds in which refusals are believed after a new login did not help':
    'registry/auth/second-chance.ts QUIET',
  'bytes of a docker or podman config file': 'node/credentials/config-files.ts maxBytes',
  "bytes of a credential helper's output": 'node/credentials/helper.ts maxBytes',
  'milliseconds of a credential helper': 'node/credentials/docker-credentials.ts timeout',
  'causes that the text of an error names': 'error-text.ts MAX_CAUSES',
  'bytes that a registry may want in a chunk, at least': 'registry/blobs/send-chunk.ts SMALLEST',
  'bytes of a stream that are held to be sent whole': 'registry/blobs/push.ts SMALL',
  'bytes of an upload in one request': 'registry/blobs/push.ts LARGE',
  'bytes of a chunk': 'registry/blobs/push-chunks.ts CHUNK',
  'milliseconds to give up an upload after an abort': 'registry/blobs/push-chunks.ts FAREWELL',
  'new sessions for an upload whose session is lost': 'registry/blobs/refused.ts MAX_RESTARTS',
  'repeats of a manifest that is refused for a blob that is there':
    'registry/blobs/missing.ts MAX_RETRIES',
  'blobs that one `attach()` moves at once': 'tasks/attach.ts MAX_BLOBS',
  'subjects that one `attach()` links at once': 'tasks/lib/attach-many.ts AT_ONCE',
  'milliseconds that `waitUntilListed: true` waits': 'tasks/lib/until-listed.ts DEFAULT',
  'milliseconds between its looks': 'tasks/lib/until-listed.ts LONGEST',
  'rounds of writing a shared tag': 'strategies/shared-tag/rounds.ts MAX_ROUNDS',
  'milliseconds from reading a shared tag to writing it': 'strategies/shared-tag/rounds.ts WINDOW',
  'milliseconds before it is read back': 'strategies/shared-tag/writer.ts SETTLE',
  'entries looked up because they are missing at a shared tag':
    'strategies/shared-tag/rounds.ts MAX_LOOKUPS',
  'rounds of writing again what a list lacks': 'strategies/kept/look-again.ts ROUNDS',
  'manifests that one `convert()` reads at once': 'tasks/convert/link-all.ts AT_ONCE',
  'manifests that one `copy()` makes ready at once': 'tasks/copy/contents.ts PREPARED_AT_ONCE',
  'links that it writes at once': 'tasks/copy/links.ts AT_ONCE',
  'small blobs that it holds at once': 'tasks/copy/run.ts SMALL_AT_ONCE',
  'bytes of a small blob': 'tasks/copy/blob.ts SMALL',
  'large blobs that it moves at once': 'tasks/copy/run.ts LARGE_AT_ONCE',
  'bytes of a part, which is in memory': 'tasks/copy/blob.ts PART',
  'bytes that are read ahead of it': 'tasks/copy/blob.ts AHEAD',
  'entries remembered of one shared tag': 'strategies/shared-tag/seen.ts MAX_SEEN',
  'characters of all entries remembered of shared tags':
    'strategies/shared-tag/seen.ts MAX_SEEN_SIZE',
  'shared tags that are remembered for each identity':
    'strategies/shared-tag/writers.ts MAX_WRITERS',
  'subjects whose list had entries, in each repository': 'strategies/kept/list-api.ts MAX_FILLED',
  'tokens that are kept for each registry': 'registry/auth/tokens.ts MAX_TOKENS',
  'repositories of a registry whose logins are kept apart':
    'registry/auth/log-in.ts MAX_REPOSITORIES',
  'registries that `ocilink explore` keeps ready': 'cli/lib/explorer.ts MAX_REGISTRIES',
  'repositories of which it is remembered whether there may be a login':
    'registry/auth/may-have.ts MAX_REMEMBERED',
  'logins that were taken by a registry': 'registry/auth/authentication.ts MAX_ACCEPTED',
  'repositories that a registry calls otherwise': 'registry/auth/authentication.ts MAX_RENAMED',
  'hosts whose limit of requests is kept for each `fetch`': 'registry/wire/host.ts MAX_HOSTS',
  'identities of writers that are kept for each `fetch`':
    'registry/auth/identity.ts MAX_IDENTITIES',
  'blobs taken for present in each repository': 'registry/blobs/present.ts MAX_PRESENT',
  'entries of an archive': 'archive/options.ts MOST_ENTRIES',
  'bytes that an archive in memory unpacks to': 'archive/archive.ts IN_MEMORY',
  'bytes that an archive on disk unpacks to': 'node/boxes/archive.ts ON_DISK',
  "bytes of an archive's long names and PAX records": 'archive/tar-header.ts LARGEST_RECORDS',
  'bytes of `index.json` in an archive': 'box/layout-reader.ts LARGEST_INDEX',
  'bytes of `index.json` in a directory that is written to':
    'node/layout/directory.ts largestIndex',
  'bytes of a manifest in an archive or layout': 'box/layout-document.ts LARGEST_MANIFEST',
  'bytes of blobs that nothing names and that are looked into': 'box/graph.ts SEARCHED',
  'bytes of a blob in one that is written': 'box/box.ts LARGEST_BLOB',
  'files of one directory': 'node/boxes/directory-files.ts MOST_BLOBS',
  'directories that are looked at for layouts': 'node/boxes/nested-layouts.ts MOST',
  'levels of them': 'node/boxes/nested-layouts.ts DEEPEST',
  'files that are read at once in an archive or layout': 'box/walk.ts CONCURRENCY',
  'bytes that a blob is read ahead': 'node/layout/read-blob.ts readSize',
  'bytes of a file in each of the two buffers by which a server sends it':
    'node/serve/send-file.ts bufferSize',
  "bytes of a file that a directory's storage keeps in memory":
    'node/layout/recent-files.ts LARGEST',
  'bytes of all of them': 'node/layout/recent-files.ts MOST',
  'milliseconds in which such a file is not looked up again': 'node/layout/recent-files.ts TRUSTED',
  "bytes of a file that are read on the program's own thread": 'node/layout/short-calls.ts FEW',
  "milliseconds of a file system's call after which other threads make them":
    'node/layout/short-calls.ts LONG',
  'milliseconds for which they do': 'node/layout/short-calls.ts PAUSE',
  'milliseconds of such calls after which others may have their turn':
    'node/layout/short-calls.ts OFTEN',
  'connections to `serve()` at once': 'node/serve/serve.ts MOST_CONNECTIONS',
  'milliseconds until the headers of a request': 'node/serve/serve.ts timeout',
  'milliseconds in which nothing moves': 'node/serve/serve.ts idleTimeout',
  'milliseconds for what is under way when it closes': 'node/serve/serve.ts closeTimeout',
  'the same of `ocilink serve`': 'cli/lib/listen.ts closeTimeout',
  'bytes of a refused body after which a connection goes on': 'node/serve/rest.ts KEPT',
  'bytes of a refused body that are dropped': 'node/serve/rest.ts MOST_BYTES',
  'milliseconds in which they must come': 'node/serve/rest.ts MOST_TIME',
  'bytes of a manifest that is pushed to the embedded registry': 'model/manifest.ts MANIFEST_LIMIT',
  'bytes of a blob that is pushed to the embedded registry':
    'embedded/settings/defaults.ts BLOB_LIMIT',
  'bytes of `memoryStorage()`': 'embedded/storage/memory-storage.ts LIMIT',
  'bytes in one piece of an answer': 'embedded/storage/memory-storage.ts PIECE',
  'bytes of lists of referrers that the embedded registry keeps': 'embedded/registry.ts LISTS',
  'bytes of an answer that are read ahead for events': 'embedded/events.ts READ_AHEAD',
  'upload sessions': 'embedded/options.ts uploads',
  'seconds of a session without use': 'embedded/options.ts uploadIdle',
  "levels of a manifest's JSON": 'embedded/manifests/ambiguity.ts MAX_DEPTH',
  'tags of one push': 'embedded/manifests/manifests.ts MOST_TAGS',
  'entries of a list without pages': 'embedded/lists/page.ts MOST_UNPAGED',
  'tokens that are given out': 'embedded/access/tokens.ts MOST_TOKENS',
  'seconds of a token': 'embedded/access/tokens.ts expiresIn',
  'refresh tokens that are given out': 'embedded/access/tokens.ts MOST_REFRESH_TOKENS',
  'milliseconds of a refresh token without use': 'embedded/access/tokens.ts REFRESH_LIFE',
  'scopes of one token': 'embedded/access/tokens.ts MOST_SCOPES',
  'bytes of a form for a token': 'embedded/access/tokens.ts FORM_LIMIT',
  'repositories pushed to, for mounts from anywhere': 'embedded/registry.ts names',
  'filtered lists that were answered': 'embedded/registry.ts answered',
  'lists that a delete has broken': 'embedded/registry.ts broken',
  'requests in a `requestLog()`': 'embedded/events.ts limit',
  'milliseconds of one request to a store, beside those for its bytes': 's3/s3-storage.ts timeout',
  'bytes that a request sends or has copied in a second, at least': 's3/client/store.ts SLOW',
  'repeats of a request to a store': 's3/s3-storage.ts retries',
  'milliseconds in which some byte of a blob has to come from a store':
    's3/client/read-object.ts IDLE',
  'times that it is asked for the rest, without a byte in between':
    's3/client/read-object.ts MOST_BREAKS',
  'milliseconds of a lock': 's3/s3-storage.ts lease',
  "bytes of a store's answer": 's3/client/store.ts MOST_BYTES',
  'bytes of an upload to a store that are in memory': 's3/blob-writer.ts PIECE',
  'ended uploads whose ids are remembered, where the storage keeps uploads':
    'embedded/calls/upload-sessions.ts MOST_GONE',
  'requests of one write to a store at once': 's3/steps.ts AT_ONCE',
  'names of one link': 's3/link-keys.ts MOST_PARTS',
  'half-done writes that one list finishes': 's3/recover.ts MOST_RECOVERED',
  'blobs that are taken to be there': 's3/s3-storage.ts MOST_SEEN',
  'milliseconds for which they are': 's3/s3-storage.ts SEEN_FOR',
  'repositories of which a storage remembers something': 's3/s3-storage.ts MOST_REPOSITORIES',
  'seconds in which nothing changed, before `sweepS3()` names it': 's3/sweep.ts OLDER_THAN',
  'seconds of a signed address': 's3/blobs.ts SIGNED_FOR',
}

/** Numbers that bound nothing a user meets, and why. */
const others: Readonly<Record<string, string>> = {
  's3/client/list.ts MOST_EMPTY': 'a list that goes on for ever, of a store that is none',
  's3/client/store.ts SKEW':
    'one request that was refused is signed again, by the time of its answer',
  'registry/auth/may-have.ts MAX_REMEMBERED':
    'the same as of logins: what is forgotten is asked again',
  'cli/commands/sweep.ts DAY': 'a unit',
  'embedded/wire/names.ts ID': 'how long a name is that is made up',
  'cli/lib/interrupts.ts LONGEST_END': 'who pressed Ctrl-C waits for it, and nobody else',
  'cli/lib/place.ts LONGEST_WAIT':
    'for a process of the same machine that writes to the same layout',
  'node/credentials/write-config.ts LONGEST_CHANGE':
    'for a process of the same user that was killed',
  'platform/recent-bytes.ts OVERHEAD': 'what an entry counts for',
  'gateway/refusals.ts ERROR_LIMIT': 'more of an error says nothing of its type',
  'gateway/client.ts KNOWN_LIFE': 'how long something is believed',
  'tasks/discover/exploration.ts MANY': 'when a list of tags takes fewer requests',
  'tasks/discover/short-tag-list.ts SHORT': 'up to how many tags are listed in place of looked up',
  'registry/blobs/push.ts WATCHED': 'how data moves where somebody watches it',
  'registry/blobs/watched-upload.ts STEP': 'how often an upload says how far it is',
  'tasks/lib/deletes/confirm.ts ENOUGH':
    'after how many deletes that came true one alone is believed; it bounds nothing',
  'tasks/graph/survey.ts WITHOUT_PAUSE':
    'after how many tags and manifests timers and answers get their turn',
  'embedded/blobs/upload-body.ts SMALL': 'when memory is given back',
  'embedded/blobs/blobs.ts small': 'how a blob is sent, not how large it may be',
  'archive/byte-source.ts FAR': 'how much is read at once; not how much in all',
  'archive/byte-source.ts NEAR': 'the same',
  'archive/tar-header.ts BLOCK': 'of the format',
  'box/graph.ts BEGINNING': 'of a blob, to see whether it is JSON',
  'embedded/profiles/hosted.ts MiB': 'a unit',
  'model/digest-tags.ts HASH_LENGTH': 'of the proposal',
  'node/layout/buffered-file.ts NEXT_BUFFER': 'how much is written at once',
  'node/layout/lock.ts settle': 'a pause',
  'platform/base64.ts PART': 'how much is encoded at once',
  'registry/blobs/send-chunk.ts PIECE': 'how much of a chunk is passed on at once',
  'platform/options.ts LONGEST': 'what a timer can do: options beyond it are refused',
  'registry/auth/second-chance.ts SECOND': 'a pause',
  'registry/lists/seek-tags.ts PAGE': 'how many are asked for; pages have a bound',
  'strategies/cosign-tags/suffix.ts MOST': 'of tags',
  'tasks/lib/until-listed.ts FIRST': 'a pause',
  's3/blobs.ts MOST_COPIED': 'of the API',
  's3/blobs.ts SLICE': 'how much one request copies of what is larger',
  's3/blob-writer.ts LEAST_PART': 'of the API',
  's3/link-keys.ts KEY_BYTES': 'of the API',
  's3/link-keys.ts LEAST_ROOM': 'beyond it the object has the descriptor',
  's3/link-keys.ts SAYER': 'of a digest in a key',
  's3/link-keys.ts SEGMENT': 'where a key gets a slash',
  's3/lock.ts WAIT': 'a pause',
  's3/recover.ts TIDY_EVERY': 'how often it is looked',
  's3/uploads.ts EXPIRE_EVERY': 'how often it is looked',
  's3/stored-manifest.ts MOST_METADATA': 'beyond it links have an object of their own',
  's3/tags.ts GONE_BYTES': 'what tells a tag that is gone',
}

const NUMBER = '([\\d_]+(?: (?:\\*{1,2}|-) [\\d_]+)*)'
/** How the code writes a number that has a name. */
const spellings = (name: string): readonly RegExp[] => [
  new RegExp(`^(?:export )?const ${name}(?:: number)? = ${NUMBER}$`, 'gm'),
  new RegExp(`\\b${name}: createRecentMap\\(\\{ most: ${NUMBER} `, 'g'),
  // An option that is left out.
  new RegExp(`\\b${name} = ${NUMBER}[, )]`, 'g'),
  new RegExp(`\\b${name}: ${NUMBER}[, ]`, 'g'),
  new RegExp(`\\b${name} \\?\\? ${NUMBER}\\b`, 'g'),
]

const read = (file: string) => readFileSync(`${root}src/${file}`, 'utf8')

/** What the code says: powers, then products, then one subtraction. */
function evaluate(text: string): number {
  const [first = '', ...rest] = text.replaceAll('_', '').split(' - ')
  const product = (part: string) =>
    part.split(' * ').reduce((all, factor) => {
      const [base, power = '1'] = factor.split(' ** ')
      return all * Number(base) ** Number(power)
    }, 1)
  return rest.reduce((left, part) => left - product(part), product(first))
}

function heldBy(source: string): number | undefined {
  const [file = '', name = ''] = source.split(' ')
  for (const spelling of spellings(name)) {
    const [found] = read(file).matchAll(spelling)
    if (found) return evaluate(found[1]!)
  }
  return undefined
}

const units: Readonly<Record<string, number>> = {
  ...{ KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40, PiB: 2 ** 50 },
}

/** A number as the table writes it: `64 KiB`, `250 000`. */
function toNumber(text: string): number {
  const [, digits, unit] = /^([\d ]+?)(?: ([KMGTP]iB))?$/.exec(text) ?? []
  return Number(digits?.replaceAll(' ', '')) * (units[unit ?? ''] ?? 1)
}

test('SECURITY.md states the bounds that the code has, and no others', () => {
  const [, text] = readFileSync(`${root}SECURITY.md`, 'utf8').split('### Bounds\n')
  const rows = text!
    .split('\n### ')[0]!
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| what'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
  const stated = rows.map(([, what, bound]) => [what!, toNumber(bound!)])
  const held = Object.entries(bounds).map(([what, source]) => [what, heldBy(source)])
  expect(Object.fromEntries(stated)).toEqual(Object.fromEntries(held))
  expect(new Set(stated.map(([what]) => what)).size).toBe(stated.length)
  for (const row of rows) expect(row[3], row[1]).not.toBe('')
})

test('each number that the code gives a name is a bound with a row, or is none for a reason', () => {
  const named = globSync('**/*.ts', { cwd: `${root}src` }).flatMap((file) => {
    const text = read(file)
    return spellings('(\\w+)')
      .slice(0, 2)
      .flatMap((spelling) => [...text.matchAll(spelling)].map(([, name]) => `${file} ${name}`))
  })
  expect(named.length).toBeGreaterThan(90)
  const known = new Set([...Object.values(bounds), ...Object.keys(others)])
  expect(named.filter((source) => !known.has(source))).toEqual([])
  const gone = Object.keys(others).filter((source) => !named.includes(source))
  expect(gone, 'reasons for what is not there').toEqual([])
})
