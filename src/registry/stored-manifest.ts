/**
 * A manifest as a registry holds it, and manifests that several reads of one call share.
 *
 * @module
 */
import type { RegistryError } from '../errors.ts'
import type { Descriptor } from '../model/descriptor.ts'

/** A manifest as the registry holds it. */
export interface StoredManifest {
  readonly descriptor: Descriptor
  /** The bytes that were digested. */
  readonly bytes: Uint8Array
  /** For a conditional write, where the registry sends one. */
  readonly etag?: string | undefined
}

/** Reads of manifests by {@link readKey}, each a manifest or the registry's 404. */
export type Reads = Pick<Map<string, Promise<StoredManifest | RegistryError>>, 'get' | 'set'>

/** By what reads are shared: some registries answer 404 to a read that does not name the right type. */
export function readKey(reference: string, accept: readonly string[] | undefined): string {
  return `${reference} ${accept}`
}
