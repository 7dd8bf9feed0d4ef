import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { bundlePage } from '/tmp/wt/s19/tools/lib/bundle.js'
const dist=process.argv[2]
const cut=await bundlePage(dist,{'index.js':['attach','referrers','repository']})
for(const c of cut.first) { console.log('CHUNK',c.fileName,c.code.length,brotliCompressSync(c.code).byteLength); console.log(Object.entries(c.modules).filter(([,m])=>m.renderedLength).map(([k,m])=>`${m.renderedLength} ${k.replace(/.*dist\//,'').replace(/.*node_modules\//,'')} ${m.renderedExports}`).sort((a,b)=>a.localeCompare(b)).join('\n')) }
