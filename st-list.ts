import { embeddedRegistry, memoryStorage } from './src/embedded/index.ts'
import { start, pushImage, digestOf, IMAGE } from './test/embedded/_registry.ts'
const send = start({ storage: memoryStorage() })
const subject={mediaType:IMAGE,digest:digestOf('s'),size:1}
for (let n=0;n<500;n++) await pushImage(send,'app',undefined,{subject,artifactType:'application/vnd.example.report',annotations:{n:String(n)}})
for (let r=0;r<3;r++){
const c=process.cpuUsage()
for (let i=0;i<100;i++){ const a=await send('GET',`/v2/app/referrers/${subject.digest}`); await a.arrayBuffer() }
const d=process.cpuUsage(c); console.log((d.user+d.system)/1000/100,'ms per list')}
