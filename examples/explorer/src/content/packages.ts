// The packages that an SBOM lists (SPDX 2.3, "Package Information"; CycloneDX 1.6, "components").

const list = (value: unknown): readonly Record<string, unknown>[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'object' && one !== null) : []
const text = (value: unknown) => (typeof value === 'string' ? value : '')

/** Rows with headings; `undefined` for what is no SBOM. */
export function packagesOf(value: unknown): readonly (readonly string[])[] | undefined {
  const document = Object(value)
  if (typeof document.spdxVersion === 'string') {
    const rows = list(document.packages).map((one) => [
      text(one.name),
      text(one.versionInfo),
      text(one.licenseConcluded) || text(one.licenseDeclared),
    ])
    return [['Package', 'Version', 'Licence'], ...rows]
  }
  if (document.bomFormat !== 'CycloneDX') return undefined
  const rows = list(document.components).map((one) => [
    text(one.name),
    text(one.version),
    list(one.licenses)
      .map((choice) => {
        const licence = Object(choice.license)
        return text(choice.expression) || text(licence.id) || text(licence.name)
      })
      .filter(Boolean)
      .join(', '),
  ])
  return [['Package', 'Version', 'Licence'], ...rows]
}
