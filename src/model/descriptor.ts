/**
 * Descriptors: how OCI names content (image-spec 1.1, descriptor.md).
 *
 * @module
 */
import * as z from 'zod/mini'
import { InvalidInputError } from '../errors.ts'
import { isObject } from '../platform/options.ts'
import type { Annotations } from './annotations.ts'
import { DIGEST_SHAPE, type Digest, isDigest } from './digest.ts'
import { EMPTY_JSON, type MediaType } from './media-types.ts'

/** Names content by type, digest and size. Unknown fields from the wire are kept. */
export interface Descriptor {
  readonly mediaType: MediaType
  readonly digest: Digest
  /** Size in bytes. */
  readonly size: number
  readonly artifactType?: string
  readonly annotations?: Annotations
  /** The content itself, base64, for small content. */
  readonly data?: string
  readonly urls?: readonly string[]
  readonly platform?: Platform
  /** On index entries, of proposal B. Not checked here: see `referenceOf`. */
  readonly reference?: unknown
}

/** Platform of an index entry (image-spec 1.1, image-index.md). */
export interface Platform {
  readonly os: string
  /** Left out by some for what is no image. */
  readonly architecture?: string
  readonly variant?: string
}

const isText = (value: unknown): value is string => typeof value === 'string'

const isMap = (value: unknown): value is Annotations =>
  isObject(value) && Object.values(value).every(isText)

const isSize = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0

/** Text on the wire. */
export const textSchema: z.ZodMiniType<string> = /* @__PURE__ */ z.custom<string>(
  isText,
  'a string',
)

/** Annotations on the wire. */
export const annotationsSchema: z.ZodMiniType<Annotations> = /* @__PURE__ */ z.custom<Annotations>(
  isMap,
  'a map of strings',
)

/** A descriptor on the wire; unknown fields pass. */
export const descriptorSchema: z.ZodMiniType<Descriptor> = /* @__PURE__ */ (() =>
  z.looseObject({
    mediaType: z.custom<string>((value) => isText(value) && value !== '', 'a media type'),
    digest: z.custom<Digest>(isDigest, DIGEST_SHAPE),
    size: z.custom<number>(isSize, 'a whole number of bytes'),
    artifactType: z.optional(textSchema),
    annotations: z.optional(annotationsSchema),
    data: z.optional(textSchema),
    urls: z.optional(z.array(textSchema)),
  }) as unknown as z.ZodMiniType<Descriptor>)()

/**
 * Checks a descriptor that a caller or another tool made.
 *
 * @throws {@link InvalidInputError} naming the field
 */
export function parseDescriptor(value: unknown, path = 'descriptor'): Descriptor {
  return check(descriptorSchema, value, path)
}

/** The empty descriptor (image-spec 1.1, manifest.md, "Guidance for an Empty Descriptor"). */
export const EMPTY: Descriptor = {
  mediaType: EMPTY_JSON,
  digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a' as Digest,
  size: 2,
}

/** What {@link EMPTY} names: the two bytes `{}`. */
export const EMPTY_BYTES: Uint8Array = /* @__PURE__ */ Uint8Array.of(0x7b, 0x7d)

/**
 * Checks a value against a schema and returns the value itself, untouched, so that unknown fields
 * and their order are kept.
 *
 * @internal
 */
export function check<T>(schema: z.ZodMiniType<T>, value: unknown, path: string): T {
  const result = schema.safeParse(value)
  if (result.success) return value as T
  const issue = result.error.issues[0]!
  const steps = issue.path.map((step) =>
    typeof step === 'number' ? `[${step}]` : `.${String(step)}`,
  )
  let input = value
  for (const step of issue.path) input = (input as Record<PropertyKey, unknown> | undefined)?.[step]
  const code = steps.at(-1) === '.digest' ? 'INVALID_DIGEST' : 'INVALID_MANIFEST'
  throw new InvalidInputError(code, path + steps.join(''), expected(issue), input)
}

// zod/mini ships no texts; ours are in the schemas, but for objects and lists.
function expected(issue: z.core.$ZodIssue): string {
  return issue.code === 'invalid_type' ? `of type ${issue.expected}` : issue.message
}
