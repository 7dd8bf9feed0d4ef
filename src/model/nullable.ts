/**
 * Fields of descriptors and manifests (image-spec 1.1) that are read as absent where they are null.
 *
 * @module
 */

/** Fields, of descriptors and of what holds them, that some writers set to null where they have none. */
export const NULLABLE: ReadonlySet<string> = /* @__PURE__ */ new Set([
  'annotations',
  'artifactType',
  'data',
  'urls',
  'platform',
  'subject',
])
