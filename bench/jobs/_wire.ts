// A registry read by nothing but fetch, so that no tool's word is taken for what it did.

const types = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
]

export interface Entry {
  readonly digest: string
  readonly artifactType?: string
}

export interface Wire {
  /** Whether there is a manifest at a digest or a tag. */
  has(name: string, reference: string): Promise<boolean>
  /** Digests of a manifest's layers; none where there is no manifest. */
  layers(name: string, reference: string): Promise<readonly string[]>
  /** What is linked to a digest by OCI 1.1: as the API lists it, else at the referrers tag. */
  referrers(name: string, digest: string): Promise<readonly Entry[]>
  blob(name: string, digest: string): Promise<string>
}

export function wireOf(host: string): Wire {
  const get = (path: string) =>
    fetch(`http://${host}/v2/${path}`, { headers: { accept: types.join(', ') } })
  const read = async (path: string) => {
    const response = await get(path)
    const text = await response.text()
    return response.ok ? JSON.parse(text) : undefined
  }
  const manifest = (name: string, reference: string) => read(`${name}/manifests/${reference}`)
  return {
    has: async (name, reference) => (await manifest(name, reference)) !== undefined,
    async layers(name, reference) {
      const { layers = [] } = (await manifest(name, reference)) ?? {}
      return layers.map(({ digest }: Entry) => digest)
    },
    async referrers(name, digest) {
      const listed = await read(`${name}/referrers/${digest}`)
      const index = listed ?? (await manifest(name, digest.replace(':', '-')))
      return index?.manifests ?? []
    },
    blob: async (name, digest) => (await get(`${name}/blobs/${digest}`)).text(),
  }
}
