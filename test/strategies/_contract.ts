// What every strategy must do, whatever it writes down.
import { describe, expect, test } from 'vitest'
import { type EmbeddedRegistryOptions, embeddedRegistry } from '../../src/embedded/index.ts'
import {
  attach,
  detach,
  hasReferrer,
  type Referrer,
  type ReferrersOptions,
  type Repository,
  referrers,
  repository,
  type Strategy,
  type Subject,
} from '../../src/index.ts'
import { putManifest } from '../../src/registry/index.ts'
import { all, pushImage } from '../_image.ts'
import { storages } from '../_storages.ts'

/** Where a strategy's nature makes the contract another one. */
export interface Traits {
  /** A type, beside SPDX, that it can link; also as an artifact without blobs. */
  readonly noteType?: string
  /** Artifacts of one kind are layers of one referrer, whose digest changes with each of them. */
  readonly layered?: boolean
  /** It has a config of its own and refuses the artifact's. */
  readonly refusesConfig?: boolean
  /** A referrer does not say what it refers to: one of another subject counts as detached. */
  readonly forgetsSubject?: boolean
  /** Lists have no annotations: they are in the manifests alone. */
  readonly bareLists?: boolean
  /** The registry takes no referrer before its subject. */
  readonly subjectFirst?: boolean
  /**
   * Lists asked for until there is a first item: more than one where the order or the registry's
   * dialect takes more to know.
   */
  readonly firstItem?: number
}

/** Runs the contract of one strategy against one kind of registry. */
export function testStrategy(
  title: string,
  strategy: Strategy,
  options: EmbeddedRegistryOptions = {},
  traits: Traits = {},
): void {
  // Nobody else writes: the wait before reading back is for those who are not alone.
  const alone = { strategy, settle: 0 }
  const { noteType = 'application/vnd.example.note' } = traits
  const sbom = (text: string) => ({
    artifactType: 'application/spdx+json',
    blobs: [{ data: text, mediaType: 'application/spdx+json' }],
  })
  /** What tells artifacts apart: their referrers, or these referrers' layers. */
  const namesOf = (found: readonly Referrer[]) =>
    traits.layered
      ? found.flatMap(({ layers = [] }) => layers.map((layer) => JSON.stringify(layer)))
      : found.map(({ digest }) => digest)
  const setUp = async () => {
    const { fetch } = embeddedRegistry({ ...options, storage: await storages.open() })
    const app = repository('registry.test/team/app', { fetch })
    return { fetch, app, subject: await pushImage(app) }
  }
  const names = async (
    repo: Repository,
    subject: Subject,
    more: Pick<ReferrersOptions, 'artifactType' | 'annotations' | 'signal'> = {},
  ) => namesOf(await all(referrers(repo, subject, { strategy, ...more })))

  describe(title, () => {
    test('finds what it attached, with type, annotations, subject and via', async () => {
      const { app, subject } = await setUp()
      const annotations = { 'org.example.name': 'bücher 📚', __proto__x: '1' }
      const attached = await attach(app, 'v1', { ...sbom('one'), annotations }, alone)
      expect(attached.confirmed).toBe(true)
      expect(attached.subject.digest).toBe(subject.digest)

      // An empty filter on annotations asks for them where lists do not have them.
      const more = traits.bareLists ? { annotations: {} } : {}
      const [found, ...others] = await all(referrers(app, 'v1', { strategy, ...more }))
      expect(others).toEqual([])
      expect(found).toMatchObject({
        digest: attached.digest,
        size: attached.size,
        mediaType: attached.mediaType,
        artifactType: 'application/spdx+json',
        subject: { digest: subject.digest },
      })
      const added = /^org\.opencontainers\.reference(\.|$)/
      const own = Object.entries(found!.annotations!).filter(([key]) => !added.test(key))
      expect(Object.fromEntries(own)).toEqual(annotations)
      const { choices = [strategy] } = strategy
      expect(choices.map(({ name }) => name)).toContain(found!.via[0]!.strategy)
      expect(found!.via).toHaveLength(1)
    })

    test('takes a tag, a digest or a descriptor for the same subject', async () => {
      const { app, subject } = await setUp()
      const one = await attach(app, 'v1', sbom('one'), alone)
      const two = await attach(app, subject.digest, sbom('two'), alone)
      const three = await attach(app, subject, sbom('three'), alone)
      const expected = namesOf([one, two, three]).sort()
      for (const name of ['v1', subject.digest, subject]) {
        expect((await names(app, name)).sort()).toEqual(expected)
      }
    })

    test('gives the same digest and one referrer when the same thing is attached again', async () => {
      const { app } = await setUp()
      const first = await attach(app, 'v1', sbom('one'), alone)
      const second = await attach(app, 'v1', sbom('one'), alone)
      expect(second.digest).toBe(first.digest)
      expect(second.confirmed).toBe(true)
      expect(await names(app, 'v1')).toEqual(namesOf([first]))
    })

    test('filters by type and by annotation, and says yes or no', async () => {
      const { app } = await setUp()
      const signed = { artifactType: noteType }
      const one = await attach(app, 'v1', { ...signed, annotations: { key: 'a' } }, alone)
      const two = await attach(
        app,
        'v1',
        { ...signed, annotations: { key: 'b', more: 'c' } },
        alone,
      )
      const three = await attach(app, 'v1', { ...sbom('x'), annotations: { key: 'a' } }, alone)
      const { artifactType } = signed
      expect((await names(app, 'v1', { artifactType })).sort()).toEqual(namesOf([one, two]).sort())
      expect((await names(app, 'v1', { annotations: { key: 'a' } })).sort()).toEqual(
        namesOf([one, three]).sort(),
      )
      expect(await names(app, 'v1', { artifactType, annotations: { key: 'b' } })).toEqual(
        namesOf([two]),
      )
      const has = (filter: object) => hasReferrer(app, 'v1', { strategy, ...filter })
      expect(await has({ artifactType })).toBe(true)
      expect(await has({ artifactType: 'application/none' })).toBe(false)
      expect(await has({ artifactType, annotations: { key: 'z' } })).toBe(false)
      expect(await has({ annotations: { toString: 'x' } })).toBe(false)
    })

    test('keeps artifacts of no blob, of several blobs in order, and with their own config', async () => {
      const { app } = await setUp()
      const none = { artifactType: noteType, annotations: { note: 'hello' } }
      const several = {
        artifactType: 'application/spdx+json',
        blobs: ['one', 'two', 'three'].map((data) => ({
          data,
          mediaType: 'text/plain',
          annotations: { 'org.opencontainers.image.title': data },
        })),
      }
      const config = { data: '{"a":1}', mediaType: 'application/vnd.example.config+json' }
      const configured = { ...sbom('with a config'), config }
      const attached = [
        await attach(app, 'v1', none, alone),
        await attach(app, 'v1', several, alone),
      ]
      if (traits.refusesConfig) {
        await expect(attach(app, 'v1', configured, alone)).rejects.toMatchObject({
          code: 'INVALID_INPUT',
          path: 'artifact.config',
        })
      } else {
        attached.push(await attach(app, 'v1', configured, alone))
      }
      expect((await names(app, 'v1')).sort()).toEqual(namesOf(attached).sort())
    })

    test('links what is attached to a referrer, to any depth', async () => {
      const { app } = await setUp()
      const one = await attach(app, 'v1', sbom('one'), alone)
      const two = await attach(app, one.digest, sbom('signature of one'), alone)
      const three = await attach(app, two.digest, sbom('signature of that'), alone)
      expect(await names(app, one.digest)).toEqual(namesOf([two]))
      expect(await names(app, two.digest)).toEqual(namesOf([three]))
      expect(await names(app, 'v1')).toEqual(namesOf([one]))
    })

    test('withdraws one referrer and leaves the others', async () => {
      const { app } = await setUp()
      const one = await attach(app, 'v1', sbom('one'), alone)
      const two = await attach(app, 'v1', sbom('two'), alone)
      expect(await detach(app, 'v1', one.digest, alone)).toMatchObject({
        digest: one.digest,
        deleted: true,
        confirmed: true,
      })
      expect(await names(app, 'v1')).toEqual(namesOf([two]))
      // Again is no error, and the last one leaves an empty list behind.
      await detach(app, 'v1', one.digest, alone)
      await detach(app, 'v1', two.digest, alone)
      expect(await names(app, 'v1')).toEqual([])
      expect(await hasReferrer(app, 'v1', { strategy })).toBe(false)
    })

    test('deletes nothing that is no referrer of the subject', async () => {
      const { app, subject } = await setUp()
      const other = await pushImage(app, 'v2', 'other')
      const linked = await attach(app, 'v2', sbom('of v2'), alone)
      const strangers = [subject.digest, other.digest]
      if (traits.forgetsSubject) {
        expect(await detach(app, 'v1', linked.digest, alone)).toMatchObject({ deleted: false })
      } else {
        strangers.push(linked.digest)
      }
      for (const digest of strangers) {
        await expect(detach(app, 'v1', digest, alone)).rejects.toMatchObject({
          code: 'INVALID_INPUT',
          path: 'referrer',
        })
      }
      expect(await names(app, 'v2')).toEqual(namesOf([linked]))
    })

    test('finds nothing for a subject that nothing points at, and for one that does not exist', async () => {
      const { app, subject } = await setUp()
      expect(await names(app, 'v1')).toEqual([])
      expect(await names(app, `sha256:${'0'.repeat(64)}`)).toEqual([])
      expect(await hasReferrer(app, subject, { strategy })).toBe(false)
    })

    test('says that a tag is missing instead of finding nothing', async () => {
      const { app } = await setUp()
      const missing = {
        code: 'NOT_FOUND',
        status: 404,
        message: expect.stringContaining('v9'),
      }
      await expect(names(app, 'v9')).rejects.toMatchObject(missing)
      await expect(hasReferrer(app, 'v9', { strategy })).rejects.toMatchObject(missing)
      await expect(attach(app, 'v9', sbom('x'), alone)).rejects.toMatchObject(missing)
      await expect(detach(app, 'v9', `sha256:${'0'.repeat(64)}`, alone)).rejects.toMatchObject(
        missing,
      )
    })

    test('attaches to a subject that is not there yet, given its descriptor', async () => {
      const { app } = await setUp()
      const { fetch } = embeddedRegistry()
      const later = await pushImage(repository('other.test/app', { fetch }), 'v1', 'later')
      if (traits.subjectFirst) {
        await expect(attach(app, later, sbom('early'), alone)).rejects.toMatchObject({
          code: 'REGISTRY_RESPONSE',
          status: 400,
          message: expect.stringContaining(`There is no subject ${later.digest}`),
        })
        await pushImage(app, 'v3', 'later')
      }
      const early = await attach(app, later, sbom('early'), alone)
      expect(await names(app, later.digest)).toEqual(namesOf([early]))
      expect((await pushImage(app, 'v3', 'later')).digest).toBe(later.digest)
      expect(await names(app, 'v3')).toEqual(namesOf([early]))
    })

    test('links by sha512 too', async () => {
      const { app, subject } = await setUp()
      const bytes = new TextEncoder().encode('{"schemaVersion":2,"manifests":[]}')
      const { digestOf } = await import('../../src/index.ts')
      const sha512 = {
        mediaType: 'application/vnd.oci.image.index.v1+json',
        digest: await digestOf(bytes, 'sha512'),
        size: bytes.byteLength,
      }
      if (traits.subjectFirst) {
        await putManifest(app, sha512.digest, bytes, { mediaType: sha512.mediaType })
      }
      const linked = await attach(app, sha512, sbom('of a sha512'), alone)
      expect(await names(app, sha512.digest)).toEqual(namesOf([linked]))
      expect(await names(app, subject)).toEqual([])
    })

    test('keeps all of 20 artifacts that one process attaches at once', async () => {
      const { app } = await setUp()
      const attached = await Promise.all(
        Array.from({ length: 20 }, (_, i) => attach(app, 'v1', sbom(`number ${i}`), { strategy })),
      )
      expect((await names(app, 'v1')).sort()).toEqual(namesOf(attached).sort())
      expect(attached.every(({ confirmed }) => confirmed)).toBe(true)
    })

    test('does not disturb another repository of the same registry', async () => {
      const { app, fetch } = await setUp()
      const other = repository('registry.test/team/other', { fetch })
      await pushImage(other)
      await attach(app, 'v1', sbom('one'), alone)
      expect(await names(other, 'v1')).toEqual([])
    })

    test('pages as the registry gives them, and asks for no more than is read', async () => {
      const storage = await storages.open()
      const registry = embeddedRegistry({ ...options, storage, pageSize: 2 })
      let lists = 0
      const app = repository('registry.test/team/app', {
        fetch: (request) => {
          if (/\/(referrers|references|tags)\b/.test(request.url)) lists++
          return registry.fetch(request)
        },
      })
      await pushImage(app)
      for (let i = 0; i < 5; i++) await attach(app, 'v1', sbom(`${i}`), alone)
      lists = 0
      const list = referrers(app, 'v1', { strategy })
      expect(lists).toBe(0)
      for await (const _ of list) break
      expect(lists).toBeLessThanOrEqual(traits.firstItem ?? 1)
      expect(namesOf((await all(list.pages())).flat())).toHaveLength(5)
    })

    test('passes an abort through as the caller gave it', async () => {
      const { app } = await setUp()
      const reason = new Error('enough')
      const signal = AbortSignal.abort(reason)
      await expect(attach(app, 'v1', sbom('x'), { ...alone, signal })).rejects.toBe(reason)
      await expect(names(app, 'v1', { signal })).rejects.toBe(reason)
      await expect(
        detach(app, 'v1', `sha256:${'0'.repeat(64)}`, { ...alone, signal }),
      ).rejects.toBe(reason)
    })
  })
}
