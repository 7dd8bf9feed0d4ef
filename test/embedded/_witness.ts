// A storage that tells what it was told to do.
import type { BlobWriter, RepositoryStorage, Storage } from '../../src/embedded/index.ts'

/** A storage that keeps account of every change, and of uploads that were begun and not ended. */
export function witness(inner: Storage): {
  storage: Storage
  changes: string[]
  open: () => number
} {
  const changes: string[] = []
  let open = 0
  const told =
    <Args extends unknown[], Result>(name: string, call: (...args: Args) => Promise<Result>) =>
    async (...args: Args) => {
      const result = await call(...args)
      if (result !== false) changes.push(name)
      return result
    }
  const watched = (writer: BlobWriter): BlobWriter => {
    open += 1
    return {
      get size() {
        return writer.size
      },
      append: (bytes) => writer.append(bytes),
      stream: () => writer.stream(),
      release: async () => writer.release?.(),
      async commit(digest) {
        changes.push('commit')
        open -= 1
        await writer.commit(digest)
      },
      async discard() {
        open -= 1
        await writer.discard()
      },
    }
  }
  const wrap = (repository: RepositoryStorage): RepositoryStorage => ({
    ...repository,
    putManifest: told('putManifest', repository.putManifest),
    deleteManifest: told('deleteManifest', repository.deleteManifest),
    deleteTag: told('deleteTag', repository.deleteTag),
    deleteBlob: told('deleteBlob', repository.deleteBlob),
    ...(repository.shared && {
      shared: {
        putManifest: told('putManifest', repository.shared.putManifest),
        deleteTag: told('deleteTag', repository.shared.deleteTag),
      },
    }),
    linkBlob: told('linkBlob', repository.linkBlob),
    writeBlob: async () => watched(await repository.writeBlob()),
    ...(repository.uploads && {
      uploads: {
        ...repository.uploads,
        async begin() {
          const { id, writer } = await repository.uploads!.begin()
          return { id, writer: watched(writer) }
        },
      },
    }),
  })
  return {
    storage: { ...inner, repository: (name) => wrap(inner.repository(name)) },
    changes,
    open: () => open,
  }
}
