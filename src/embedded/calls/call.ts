/**
 * What a handler of the embedded registry is given.
 *
 * @module
 */

import type { Digest } from '../../model/digest.ts'
import type { RecentBytes } from '../../platform/recent-bytes.ts'
import type { RecentMap } from '../../platform/recent-map.ts'
import type { Access } from '../access/gate.ts'
import type { Settings } from '../settings/settings.ts'
import type { RepositoryStorage, Storage } from '../storage/storage.ts'
import type { Answer } from '../wire/answer.ts'
import type { Reason } from '../wire/answers.ts'
import type { UploadSessions } from './upload-sessions.ts'

/** What one registry keeps between requests. */
export interface Registry {
  readonly settings: Settings
  readonly storage: Storage
  readonly uploads: UploadSessions
  /** Repositories that something was pushed to last, for mounts from anywhere. */
  readonly names: RecentMap<string, true>
  /** Filtered lists that were answered last, as `<name>@<digest> <query>`. */
  readonly answered: RecentMap<string, true>
  /** Lists of referrers as they were answered last, as `<name>@<digest> <after> <types>`. */
  readonly lists: RecentBytes<KeptList>
  /** Subjects, as `<name>@<digest>`, whose lists broke last. */
  readonly broken: RecentMap<string, true>
  /** Manifests in the storage, as `<name>@<digest>`, that only their tags still answer. */
  readonly hidden: Set<string>
  /** Runs tasks of the same key one after the other. */
  exclusive<T>(key: string, task: () => Promise<T>): Promise<T>
}

/** A list as it was answered. */
export interface KeptList {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** After which referrer the next page begins; undefined where there is none. */
  readonly next: Digest | undefined
  /** The state of the list then. */
  readonly state: object
}

/** One request, its path already taken apart. */
export interface Call {
  readonly registry: Registry
  readonly request: Request
  readonly query: URLSearchParams
  /** Repository name, checked; `''` where the path has none. */
  readonly name: string
  readonly repository: RepositoryStorage
  /** The path's variable part: a tag, a digest or an upload's id; unchecked, `''` where none. */
  readonly id: string
  /** What the sender may do. */
  readonly access: Access
}

/** Answers one method on one path. Throws {@link Refusal} for everything that goes wrong. */
export type Handler = (call: Call) => Promise<Answer>

/** One endpoint. */
export interface Route {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'
  /** Path; `:name` stands for a repository name, `:id` for one segment that is not empty. */
  readonly path: string
  readonly handler: Handler
  /** Left out where the settings say so. */
  readonly when?: (settings: Settings) => boolean
  /** What is wrong with a path that has no route left but this one. */
  readonly reason?: Reason
}
