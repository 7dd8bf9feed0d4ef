/**
 * `ocilink/strategies`: every linking strategy, one export line each.
 *
 * @module
 */
export { ociSubject } from './oci-subject.ts'
export type {
  Artifact,
  DiscoverOptions,
  PublishOptions,
  Referrer,
  SmallBlob,
  Strategy,
  Via,
  Withdrawn,
} from './strategy.ts'
