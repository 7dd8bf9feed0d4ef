/**
 * Descriptors: how OCI names content (image-spec 1.1, descriptor.md).
 *
 * @module
 */
import * as v from 'valibot'
import { InvalidInputError } from '../errors.ts'
import type { Annotations } from './annotations.ts'
import { DIGEST_SHAPE, type Digest, digestOf, isDigest } from './digest.ts'
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

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isMap = (value: unknown): value is Annotations =>
  isObject(value) && Object.values(value).every(isText)

const isSize = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0

/** Text on the wire. */
export const textSchema: v.GenericSchema<string> = /* @__PURE__ */ v.custom<string>(
  isText,
  'a string',
)

/** Annotations on the wire. */
export const annotationsSchema: v.GenericSchema<Annotations> =
  /* @__PURE__ */ v.custom<Annotations>(isMap, 'a map of strings')

/** An object on the wire; unknown fields pass. valibot takes a list for one. */
export function objectSchema<T>(entries: v.ObjectEntries): v.GenericSchema<T> {
  const fields = v.looseObject(entries)
  return v.pipe(
    v.custom<object>(isObject, 'of type object'),
    fields,
  ) as unknown as v.GenericSchema<T>
}

/** A descriptor on the wire; unknown fields pass. */
export const descriptorSchema: v.GenericSchema<Descriptor> = /* @__PURE__ */ (() =>
  objectSchema<Descriptor>({
    mediaType: v.custom<string>((value) => isText(value) && value !== '', 'a media type'),
    digest: v.custom<Digest>(isDigest, DIGEST_SHAPE),
    size: v.custom<number>(isSize, 'a whole number of bytes'),
    artifactType: v.optional(textSchema),
    annotations: v.optional(annotationsSchema),
    data: v.optional(textSchema),
    urls: v.optional(v.array(textSchema)),
  }))()

/**
 * Checks a descriptor that a caller or another tool made.
 *
 * @throws {@link InvalidInputError} naming the field
 */
export function parseDescriptor(value: unknown, path = 'descriptor'): Descriptor {
  return check(descriptorSchema, value, path)
}

/** Descriptor of bytes in memory. */
export async function descriptorOf(
  bytes: Uint8Array,
  mediaType: MediaType,
  annotations?: Annotations | undefined,
): Promise<Descriptor> {
  const descriptor = { mediaType, digest: await digestOf(bytes), size: bytes.byteLength }
  return annotations ? { ...descriptor, annotations } : descriptor
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
export function check<T>(schema: v.GenericSchema<T>, value: unknown, path: string): T {
  const result = v.safeParse(schema, value, { abortEarly: true })
  if (result.success) return value as T
  const keys = (result.issues[0].path ?? []).map(({ key }) => key as PropertyKey)
  const steps = keys.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
  let input = value
  for (const key of keys) input = (input as Record<PropertyKey, unknown> | undefined)?.[key]
  const code = steps.at(-1) === '.digest' ? 'INVALID_DIGEST' : 'INVALID_MANIFEST'
  throw new InvalidInputError(code, path + steps.join(''), expectedAt(schema, keys), input)
}

/** The parts of valibot's schemas that lead to a field's own. */
interface Shape {
  readonly type: string
  readonly message?: unknown
  readonly entries?: Readonly<Record<PropertyKey, Shape>>
  readonly item?: Shape
  readonly wrapped?: Shape
  readonly pipe?: readonly Shape[]
}

/** What a field must be: an issue of a missing one does not say. */
function expectedAt(schema: object, keys: readonly PropertyKey[]): string {
  let shape = schema as Shape
  for (const key of [...keys, undefined]) {
    while (shape.wrapped) shape = shape.wrapped
    const inner = shape.pipe?.[1] ?? shape
    if (key !== undefined) shape = inner.entries?.[key] ?? inner.item!
  }
  return typeof shape.message === 'string' ? shape.message : `of type ${shape.type}`
}
