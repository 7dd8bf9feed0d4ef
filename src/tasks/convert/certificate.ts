/**
 * What a conversion says it did: plain data, which JSON keeps as it is.
 *
 * @module
 */
import * as z from 'zod/mini'
import { check, type Descriptor } from '../../model/descriptor.ts'
import { DIGEST_SHAPE, type Digest, isDigest } from '../../model/digest.ts'
import type { Loss } from '../../strategies/strategy.ts'

/** A link that was converted, and what it became. */
export interface ConvertedReferrer {
  readonly subject: Digest
  /** How it was linked. */
  readonly from: {
    readonly strategies: readonly string[]
    readonly digest: Digest
    readonly mediaType: string
    readonly artifactType: string
  }
  /** Its content. */
  readonly payloads: readonly Pick<Descriptor, 'mediaType' | 'digest' | 'size'>[]
  readonly to: readonly ConvertedLink[]
  /** What became of the old link, where it was not kept. */
  readonly old?: {
    /** `removed`, or `kept` with the reason. */
    readonly status: 'removed' | 'kept'
    readonly reason?: string
  }
}

/** A new link. */
export interface ConvertedLink {
  readonly strategy: string
  /** Its options, where it has some: they tell two ways of one name apart. */
  readonly options?: Readonly<Record<string, unknown>>
  /**
   * `written`; `present` where it was linked so already; `planned` in a dry run; `failed` with the reason, and then
   * nothing was taken away.
   */
  readonly status: 'written' | 'present' | 'planned' | 'failed'
  /** Of its manifest. */
  readonly digest?: Digest
  readonly mediaType?: string
  /** Whether the new link was seen to hold. */
  readonly confirmed: boolean
  /** Whether the new manifest, read again, has the same content. */
  readonly payloadsEqual: boolean
  /** What the new way cannot keep as it was. */
  readonly losses: readonly Loss[]
  /** Why it failed, or could not be read again. */
  readonly reason?: string
}

/** The result of `convert()`. */
export interface Certificate {
  readonly version: 1
  /** `host/name`. */
  readonly repository: string
  /** When, as `2026-11-26T12:00:00.000Z`. */
  readonly created: string
  readonly dryRun: boolean
  /** The image, which is as it was. */
  readonly image: Pick<Descriptor, 'mediaType' | 'digest' | 'size'>
  /** The tag by which it was named. */
  readonly tag?: string
  /** Whether that was seen to lead to it still. */
  readonly imageUnchanged: boolean
  readonly converted: readonly ConvertedReferrer[]
  /** Whether all that is linked could be listed, and all of it was converted with its content. */
  readonly complete: boolean
}

// Marked, so that bundlers drop it with the call that uses it.
const schema = /* @__PURE__ */ (() => {
  const digest = z.custom<Digest>(isDigest, DIGEST_SHAPE)
  const text = z.custom<string>((value) => typeof value === 'string', 'a string')
  const payload = z.looseObject({ digest, mediaType: text })

  const flag = z.custom<boolean>((value) => typeof value === 'boolean', 'a boolean')

  const options = z.record(z.string(), z.unknown())

  return z.looseObject({
    version: z.custom<1>((value) => value === 1, '1'),
    repository: text,
    dryRun: flag,
    imageUnchanged: flag,
    complete: flag,
    image: z.looseObject({ digest }),
    tag: z.optional(text),
    converted: z.array(
      z.looseObject({
        subject: digest,
        from: z.looseObject({ digest }),
        payloads: z.array(payload),
        to: z.array(
          z.looseObject({
            strategy: text,
            options: z.optional(options),
            status: text,
            digest: z.optional(digest),
          }),
        ),
      }),
    ),
  }) as unknown as z.ZodMiniType<Certificate>
})()

/**
 * Checks a certificate that was kept as JSON.
 *
 * @throws {@link InvalidInputError} naming the field
 */
export function parseCertificate(value: unknown): Certificate {
  return check(schema, value, 'certificate')
}
