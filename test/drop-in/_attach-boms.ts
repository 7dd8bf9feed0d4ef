// A process of a storm: attaches SBOMs with cdxgen's own module, or with ours in its place.
import { randomUUID } from 'node:crypto'
import { type Order, standBy } from './_stand-by.ts'

const order: Order = JSON.parse(process.argv[2] ?? '')
const { attachBomNative } = await import(order.module)

standBy(order, (name) => attachBomNative(order.image, bom(name)))

/** An SBOM that is unlike all others. */
function bom(name: string) {
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${randomUUID()}`,
    version: 1,
    components: [{ type: 'library', name, version: '1.0.0' }],
  }
}
