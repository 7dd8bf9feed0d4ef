/**
 * The node manifest of proposal C: a described list of objects, and at most one reference to a parent
 * (PROPOSAL_C.md, "JSON Schema").
 *
 * @module
 */
import * as z from 'zod/mini'
import { isObject } from '../platform/options.ts'
import { forbidFields, invalid, parseDocument } from './_document.ts'
import { check, type Descriptor, descriptorSchema, textSchema } from './descriptor.ts'
import { NODE_MANIFEST } from './media-types.ts'

/** A node. */
export interface NodeManifest {
  readonly schemaVersion: 3
  readonly mediaType: typeof NODE_MANIFEST
  /** Text for people, and the keywords that clients filter by. */
  readonly description?: string
  /** Blobs and manifests, discriminated by `mediaType`; never another node. Order is kept. */
  readonly objects: readonly Descriptor[]
  /** The parent. Writers leave it out where there is none. */
  readonly reference?: Descriptor
}

const nodeManifestSchema = /* @__PURE__ */ (() =>
  z.looseObject({
    schemaVersion: z.custom<3>((value) => value === 3, '3'),
    description: z.optional(textSchema),
    objects: z.array(descriptorSchema),
    reference: z.optional(descriptorSchema),
  }) as unknown as z.ZodMiniType<Omit<NodeManifest, 'mediaType'>>)()

/**
 * Reads a node manifest's bytes. A `reference` of `null` or `{}`, which the proposal's text uses for
 * none, is left out of the result.
 *
 * @throws {@link InvalidInputError} `INVALID_MANIFEST` naming the field: also for a node among the
 *   objects, and for fields of other manifest types
 */
export function parseNodeManifest(bytes: Uint8Array): NodeManifest {
  const value = parseDocument(bytes, NODE_MANIFEST)
  if (value.mediaType === undefined) throw invalid('manifest.mediaType', NODE_MANIFEST, undefined)
  forbidFields(value, ['config', 'layers', 'manifests', 'blobs'], 'objects')
  const { reference, ...rest } = value
  const document = {
    ...rest,
    // Some writers encode an empty list as null.
    ...(value.objects === null && { objects: [] }),
    ...(!isNone(reference) && { reference }),
  }
  const node = check(nodeManifestSchema, document, 'manifest')
  const inner = node.objects.findIndex(({ mediaType }) => mediaType === NODE_MANIFEST)
  if (inner >= 0) {
    throw invalid(`manifest.objects[${inner}].mediaType`, 'no node manifest', NODE_MANIFEST)
  }
  return { ...node, mediaType: NODE_MANIFEST }
}

/** Whether a reference leaves the registry: it is shown, and never fetched by itself. */
export function isExternal(descriptor: Descriptor): boolean {
  return descriptor.urls !== undefined && descriptor.urls.length > 0
}

function isNone(reference: unknown): boolean {
  if (reference === null || reference === undefined) return true
  return isObject(reference) && Object.keys(reference).length === 0
}
