// The suite as a worker: it is run for a POST.
import { runSuite } from '../suite/run.ts'
import { suite } from '../suite/suite.ts'

export default {
  async fetch(request: Request): Promise<Response> {
    if (request.method !== 'POST') return new Response('ready')
    return Response.json(await runSuite(suite, await request.json()))
  },
}
